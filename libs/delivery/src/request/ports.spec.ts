import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { SENSITIVE_PORTS } from './ports.js';

it('the manual lists every port that a range leaves out, and no other', () => {
  const manual = readFileSync('docs/delivery/requests.md', 'utf8');
  const [, ports = ''] = /## Ports\n([\s\S]*?)\n## /.exec(manual) ?? [];
  const rows = ports.split('\n').filter((line) => /^\| [a-z]/.test(line));
  const listed = rows.flatMap((row) =>
    [...row.matchAll(/(\d+)(?:–(\d+))?/g)].flatMap(([, from, to = from]) =>
      Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index),
    ),
  );
  expect(listed.sort((a, b) => a - b)).toEqual([...SENSITIVE_PORTS].sort((a, b) => a - b));
});
