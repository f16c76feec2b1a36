// `curl` as the examples of the documentation run it: with real ids, keys and times where they have placeholders. It writes down what was
// asked and answered, and does the rest as curl does. Its folder is `EXAMPLES`: `known.json` goes in, `calls.ndjson` comes out.
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['EXAMPLES'];
const known = JSON.parse(readFileSync(join(folder, 'known.json'), 'utf8'));
/** Streams and long polls end here. */
const SECONDS_AT_MOST = 3;

const args = process.argv.slice(2).map(filled);
const status = ['--silent', '--max-time', String(SECONDS_AT_MOST), '--write-out', '\n%{http_code}'];
const { stdout } = spawnSync(known.curl, [...status, ...args], { encoding: 'utf8', maxBuffer: 1e8 });
const cut = stdout.lastIndexOf('\n');
const [body, code] = [stdout.slice(0, cut), Number(stdout.slice(cut + 1))];
learn();
appendFileSync(join(folder, 'calls.ndjson'), `${JSON.stringify({ args, code, body })}\n`);
process.stdout.write(body);

/** `directory_…`, `directory_01…` and an id of somebody's are the last one of the kind; `2030-…` is the past where a past is asked for. */
function filled(text) {
  return text
    .replace(/https:\/\/(?:rollcall|hub)\.example\.com/g, known.url)
    .replace(/((?:as_of|to)=)2030[\w:.-]*/g, (_, name) => `${name}${new Date().toISOString()}`)
    .replace(/(from=)2030[\w:.-]*/g, '$12001-01-01')
    .replace(/("to": ")2030[^"]*/g, '$12001-01-01')
    .replace(/("lease_token": ")…/g, (_, name) => `${name}${known.lease}`)
    .replace(/\b([a-z_]+_)(?:…|0[0-9A-Z]+…?)/g, (whole, kind) => known.ids[kind]?.at(-1) ?? whole);
}

function learn() {
  const answer = parsed(body);
  const at = args.findIndex((each) => /^(-X|--request)$/.test(each));
  const method = at >= 0 ? args[at + 1] : args.some((each) => /^(-d|--data)/.test(each)) ? 'POST' : 'GET';
  if (method === 'DELETE')
    for (const ids of Object.values(known.ids))
      if (ids.length > 1 && args.some((each) => each.endsWith(ids.at(-1)))) ids.pop();
  if (method === 'POST' && typeof answer.id === 'string')
    (known.ids[answer.id.replace(/[^_]*$/, '')] ??= []).push(answer.id);
  if (typeof answer.bearer_token === 'string') known.ids['feed_'] = [answer.bearer_token];
  if (answer.lease) known.lease = answer.lease.token;
  writeFileSync(join(folder, 'known.json'), JSON.stringify(known));
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
