/** What the text of a setting may look like. Each reader returns the value or throws the sentence to show. */
import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';

/** Says what a value must be; the name of the setting and what was seen are added by the caller. */
export class Unfit extends Error {}

export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(number >= from && number <= to)) throw new Unfit(`it must be a whole number from ${from} to ${to}`);
    return number;
  };
}

export function oneOf<Choice extends string>(...choices: Choice[]): (text: string) => Choice {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (!found) throw new Unfit(`it must be one of ${choices.join(', ')}`);
    return found;
  };
}

export function word(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(text))
    throw new Unfit('it must have only small letters, digits and -, and at most 40 of them');
  return text;
}

/** A name that people gave something. */
export function label(text: string): string {
  if (!/^[\w.:@-]{1,100}$/.test(text))
    throw new Unfit('it must have only letters, digits and . _ : @ -, and at most 100 of them');
  return text;
}

export function share(text: string): number {
  const number = /^\d(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
  if (!(number >= 0 && number <= 1)) throw new Unfit('it must be a number from 0 to 1, such as 0.1');
  return number;
}

export function bearer(text: string): string {
  if (!/^[\w.~+/=-]{16,}$/.test(text))
    throw new Unfit('it must have at least 16 characters, and only letters, digits and . _ ~ + / = -');
  return text;
}

/** `name=value,name=value`, values percent-encoded, as OpenTelemetry writes them. */
export function headerList(text: string): string {
  const fits = text
    .split(',')
    .every((pair) => /^\s*[!#$%&'*+.^_`|~\w-]+=(?:[^\s%]|%[0-7][0-9a-f])*\s*$/i.test(pair));
  if (!fits) throw new Unfit('it must be headers such as api-key=abc,x-team=infra');
  return text;
}

export function hostName(text: string): string {
  if (!ipaddr.isValid(text) && !/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text))
    throw new Unfit('it must be an IP address or a host name, such as 127.0.0.1 or 0.0.0.0');
  return text;
}

export function url(protocols: string[], example: string): (text: string) => string {
  return (text) => {
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
      throw new Unfit(`it must be a URL such as ${example}`);
    return text;
  };
}

export function publicAddress(text: string): string {
  const example = 'https://rollcall.example.com';
  const address = new URL(url(['http:', 'https:'], example)(text));
  if (address.username || address.password || address.search || address.hash)
    throw new Unfit(
      `it must be a plain address such as ${example}, without user name, password, query or fragment`,
    );
  return `${address.origin}${address.pathname}`.replace(/\/+$/, '');
}

export function apiKey(text: string): string {
  if (!/^sk_[A-Za-z0-9_-]+$/.test(text) || text.length < 20)
    throw new Unfit(
      'it must start with sk_, have at least 20 characters, and only letters, digits, _ and -; ' +
        'make one with `echo "sk_$(openssl rand -hex 24)"`',
    );
  return text;
}

const SECRET_KEY_LENGTH_IN_BYTES = 32;

export function secretKey(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  // Buffer.from skips what is not base64, so a wrong key could pass as a shorter one; the way back shows it.
  const exact = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (!exact || key.length !== SECRET_KEY_LENGTH_IN_BYTES)
    throw new Unfit(
      `it must be ${SECRET_KEY_LENGTH_IN_BYTES} bytes in base64; make one with \`openssl rand -base64 32\``,
    );
  return key;
}

export function networks(text: string): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const wrong = parts.filter((part) => !ipaddr.isValidCIDR(part));
  if (wrong.length > 0)
    throw new Unfit(
      `it must be networks with their length, separated by commas, such as 10.0.0.0/8,fd00::/8; not a network: ${wrong.join(', ')}`,
    );
  return parts;
}

export interface PortRange {
  from: number;
  to: number;
}

/** Ports and ranges of them, separated by commas: `443,1024-65535`. */
export function ports(text: string): PortRange[] {
  const parts = text.split(',').map((part) => part.trim());
  const ranges = parts.map((part) => {
    const [from, to = from] = (/^\d{1,5}(-\d{1,5})?$/.test(part) ? part.split('-') : []).map(Number);
    return { part, from: from ?? NaN, to: to ?? NaN };
  });
  const wrong = ranges.filter(({ from, to }) => !(from >= 1 && from <= to && to <= 65_535));
  if (wrong.length > 0)
    throw new Unfit(
      'it must be ports from 1 to 65535 and ranges of them, separated by commas, such as 443,1024-65535; ' +
        `not a port or range: ${wrong.map(({ part }) => part || '(nothing)').join(', ')}`,
    );
  return ranges.map(({ from, to }) => ({ from, to }));
}

/** Addresses of DNS servers, each with a port if it is not 53. */
export function dnsServers(text: string): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const wrong = parts.filter((part) => {
    const [, six, four, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(part) ?? [
      undefined,
      part,
    ];
    return !ipaddr.isValid(six ?? four ?? part) || Number(port) < 1 || Number(port) > 65_535;
  });
  if (wrong.length > 0)
    throw new Unfit(
      `it must be IP addresses separated by commas, such as 192.0.2.53,[2001:db8::53]:5353; not one: ${wrong.join(', ')}`,
    );
  return parts;
}

/** A proxy's address: scheme, host and port, with user name and password where it wants them. */
export function proxyAddress(text: string): string {
  const example = 'http://proxy.example.com:3128';
  const address = new URL(url(['http:', 'https:'], example)(text));
  if (address.pathname !== '/' || address.search || address.hash)
    throw new Unfit(`it must be the address of a proxy such as ${example}, without path, query or fragment`);
  return address.href;
}

export function yesOrNo(text: string): boolean {
  return oneOf('yes', 'no')(text) === 'yes';
}

export function folder(text: string): string {
  if (text.includes('\0')) throw new Unfit('it must be the path of a folder');
  return resolve(text);
}
