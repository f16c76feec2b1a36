/** The architecture is a test: docs say what each room is for, this table says who may enter it. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const PURE = ['libs/scim', 'libs/directory'];
const EVERY_LIBRARY = [
  'scim',
  'runtime',
  'directory',
  'event-log',
  'tenancy',
  'request-log',
  'projections',
  'history',
  'delivery',
  'provisioning',
  'webhooks',
  'revocation',
];

/** Which rooms a room may enter. Read it downwards: nothing imports a room below itself. */
const MAY_ENTER: Readonly<Record<string, readonly string[]>> = {
  'libs/scim': [],
  'libs/runtime': [],
  'libs/directory': ['scim'],
  'libs/event-log': ['runtime'],
  'libs/tenancy': ['runtime'],
  'libs/request-log': ['runtime'],
  'libs/projections': ['scim', 'directory', 'event-log', 'runtime'],
  'libs/history': ['directory', 'event-log', 'runtime'],
  'libs/delivery': ['directory', 'event-log', 'tenancy', 'runtime'],
  'libs/provisioning': ['scim', 'directory', 'event-log', 'projections', 'runtime'],
  'libs/webhooks': ['directory', 'delivery'],
  'libs/revocation': ['directory', 'delivery'],
  // The worker cannot speak SCIM, and the portal speaks HTTP like anyone else.
  'apps/hub': EVERY_LIBRARY,
  'apps/worker': ['directory', 'event-log', 'delivery', 'webhooks', 'revocation', 'tenancy', 'runtime'],
  'apps/cli': EVERY_LIBRARY,
  'apps/portal': [],
  // No room of the house: what others install speaks HTTP, like anyone else.
  'packages/client': [],
};

/** Programs may start each other's processes in one: the embedded start is hub and worker together. */
const MAY_IMPORT_PROGRAMS: Readonly<Record<string, readonly string[]>> = { 'apps/cli': ['hub', 'worker'] };

const LINES_AT_MOST = 250;
const ATTIC = /^(utils?|helpers?|common|shared|core|base|misc|types|interfaces|models|impl)\.(m?[jt]s)$/;

describe.each(Object.entries(MAY_ENTER))('%s', (room, allowed) => {
  const files = filesOf(room);

  it('enters only the rooms it may', () => {
    const entered = importsOf(files).filter(({ from }) => from.startsWith('@app/'));
    expect(entered.filter(({ from }) => !allowed.map((name) => `@app/${name}`).includes(from))).toEqual([]);
  });

  it('never reaches into another room by path', () => {
    const programs = (MAY_IMPORT_PROGRAMS[room] ?? []).map((name) => join('apps', name, 'src'));
    const outside = importsOf(files).filter(({ file, from }) => {
      if (!from.startsWith('.')) return false;
      const target = join(file, '..', from);
      return !target.startsWith(`${room}/`) && !programs.some((program) => target.startsWith(`${program}/`));
    });
    // Specs may use the doubles that no room owns, and what a room keeps under `testing/` for its neighbours.
    const support = ({ file, from }: Import): boolean =>
      file.endsWith('.spec.ts') &&
      /^(test\/support|libs\/[^/]+\/src\/testing)\//.test(join(file, '..', from));
    expect(outside.filter((each) => !support(each))).toEqual([]);
  });

  it('keeps every file readable in one sitting', () => {
    const long = files.filter(
      ({ file, text }) => !file.endsWith('.spec.ts') && linesOf(text) > LINES_AT_MOST,
    );
    expect(long.map(({ file, text }) => `${file}: ${linesOf(text)} lines`)).toEqual([]);
  });

  it('has no attic', () => {
    expect(files.map(({ file }) => file).filter((file) => ATTIC.test(basename(file)))).toEqual([]);
  });

  if (PURE.includes(room)) {
    const pure = files.filter(({ file }) => !file.endsWith('.spec.ts') && !file.includes('/testing/'));

    it('is pure: no packages, no modules of the machine', () => {
      const impure = importsOf(pure).filter(({ from }) => !from.startsWith('.') && !from.startsWith('@app/'));
      expect(impure).toEqual([]);
    });

    it('is pure: no clock, no dice, no environment, no waiting', () => {
      const forbidden =
        /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bawait\b|\bsetTimeout\b|\brandomUUID\b/;
      expect(findings(pure, forbidden)).toEqual([]);
    });
  }
});

describe('the house', () => {
  const everything = Object.keys(MAY_ENTER).flatMap(filesOf);
  const written = everything.filter(({ file }) => !file.endsWith('.spec.ts') && !file.includes('/testing/'));

  it('knows every room there is', () => {
    const rooms = ['apps', 'libs', 'packages'].flatMap((floor) =>
      readdirSync(floor, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${floor}/${entry.name}`),
    );
    expect(rooms.filter((room) => !(room in MAY_ENTER))).toEqual([]);
  });

  it('reads the environment in one file only', () => {
    // The launcher runs before there is anything to read it with.
    const readers = findings(written, /process\.env\b/).filter((line) => !line.startsWith('apps/cli/launch'));
    expect([...new Set(readers.map((line) => line.split(':')[0]))]).toEqual(['libs/runtime/src/config.ts']);
  });

  it('speaks HTTP to strangers in one folder only', () => {
    const speakers = importsOf(written).filter(({ from }) => from === 'undici' || from === 'oauth4webapi');
    expect(speakers.filter(({ file }) => !file.startsWith('libs/delivery/src/request/'))).toEqual([]);
    const openers = importsOf(written).filter(({ from }) => /^node:(net|tls|dgram)$/.test(from));
    const elsewhere = openers.filter(
      ({ file }) => file.startsWith('libs/delivery/src/') && !/\/(request\/|address-guard\.ts$)/.test(file),
    );
    expect(elsewhere).toEqual([]);
    // The metrics port is listened on; nobody is spoken to.
    const listener = 'libs/runtime/src/metrics/listener.ts';
    const room = (file: string): boolean =>
      (file.startsWith('libs/') || file.startsWith('apps/worker/')) && file !== listener;
    const fetching = findings(
      written.filter(({ file }) => room(file)),
      /(?<![.\w]|async )fetch\(|from 'node:https?'/,
    );
    expect(fetching).toEqual([]);
    const listening = written.filter(({ file }) => file === listener);
    expect(findings(listening, /\bfetch\(|\brequest\(|\bget\(/)).toEqual([]);
  });

  it('gives others a client that needs nothing but what every runtime has', () => {
    const client = filesOf('packages/client').filter(({ file }) => !/\.spec\.ts$|\/testing\//.test(file));
    expect(client.length).toBeGreaterThan(10);
    expect(importsOf(client).filter(({ from }) => !from.startsWith('.'))).toEqual([]);
    expect(findings(client, /\bprocess\.|\bBuffer\b|\brequire\(/)).toEqual([]);
    const { dependencies } = JSON.parse(readFileSync('packages/client/package.json', 'utf8')) as {
      dependencies?: object;
    };
    expect(dependencies).toBeUndefined();
    const known = importsOf(everything).filter(({ from }) => from.startsWith('@rollcall/'));
    expect(known.filter(({ file }) => !file.startsWith('packages/'))).toEqual([]);
  });

  it('imports rooms statically: the build rewrites nothing else', () => {
    expect(findings(written, /import\(\s*['"]@app\//)).toEqual([]);
  });
});

interface Source {
  file: string;
  text: string;
}

interface Import {
  file: string;
  from: string;
}

function filesOf(room: string): Source[] {
  return listing(room)
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }));
}

function listing(folder: string): string[] {
  try {
    return (
      readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        // What a package is compiled into is not written by anybody.
        .filter((file) => !file.startsWith('packages/') || !file.includes('/dist/'))
    );
  } catch (error) {
    // A room that is declared may still have to be built.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function importsOf(files: readonly Source[]): Import[] {
  const statement = /(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"\n]+)\1/g;
  return files.flatMap(({ file, text }) =>
    [...withoutComments(text).matchAll(statement)].map((match) => ({ file, from: match[2] ?? '' })),
  );
}

function findings(files: readonly Source[], pattern: RegExp): string[] {
  return files.flatMap(({ file, text }) =>
    withoutComments(text)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

/** Comments may name what code must not use; line numbers stay. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/^\s*\/\/.*$/gm, '');
}

function linesOf(text: string): number {
  return text.trimEnd().split('\n').length;
}
