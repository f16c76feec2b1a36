/** The portal's one page as HTML: no script, nothing from elsewhere, and nothing that is not escaped. */
import { createHash } from 'node:crypto';
import { VERIFICATION_PREFIX } from '../organizations/facts.js';
import { providerOf } from './providers.js';

export interface ShownDirectory {
  name: string;
  type: string;
  state: string;
  baseUrl: string;
  lastRequest: { at: Date; method: string; status: number; outcome: string } | undefined;
}

export interface ShownDomain {
  domain: string;
  state: string;
  strategy: string;
  token: string;
}

export interface PortalPage {
  organization: string;
  directories?: readonly ShownDirectory[];
  domains?: readonly ShownDomain[];
  /** Addresses of pages of the application. */
  returnUrl: string | null;
  successUrl: string | null;
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:46rem;margin:2rem auto;padding:0 1rem}
section{border:1px solid #8886;border-radius:.5rem;padding:0 1rem 1rem;margin:1rem 0}
h1{font-size:1.5rem}h2{font-size:1.1rem}
dt{font-size:.85rem;opacity:.75;margin-top:.6rem}dd{margin:0}
code{font:.9rem ui-monospace,monospace;overflow-wrap:anywhere;user-select:all}
nav a{margin-right:1rem}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** What a browser may do with the page: show it with its own style, outside of any frame, and go where a link leads. */
export const PORTAL_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-type': 'text/html; charset=utf-8',
};

export function portalPage(page: PortalPage): string {
  const sections = [
    ...(page.directories ? [directoriesSection(page.directories)] : []),
    ...(page.domains ? [domainsSection(page.domains)] : []),
  ];
  return html(page.organization, `<h1>${escaped(page.organization)}</h1>${sections.join('')}${links(page)}`);
}

/** For who comes with a link that opens nothing. */
export function closedPage(): string {
  return html(
    'This link is not valid any more',
    '<h1>This link is not valid any more</h1><p>A link can be opened once, within five minutes, and the page stays open for an hour. ' +
      'Ask whoever sent it for a new one.</p>',
  );
}

function directoriesSection(directories: readonly ShownDirectory[]): string {
  if (directories.length === 0)
    return '<p>There is no directory yet. Ask whoever sent you the link to make one.</p>';
  return directories.map(directorySection).join('');
}

function directorySection({ name, type, state, baseUrl, lastRequest }: ShownDirectory): string {
  const provider = providerOf(type);
  return `<section><h2>${escaped(name)}</h2><dl>${term('Identity provider', escaped(provider.name))}${term(
    'Where to enter it',
    escaped(provider.where),
  )}${term('SCIM base URL', `<code>${escaped(baseUrl)}</code>`)}${term(
    'Token',
    'Whoever made the directory has it. It is shown once, and not here.',
  )}${term('State', escaped(state))}${term('Last request', lastRequestText(lastRequest))}</dl></section>`;
}

function lastRequestText(last: ShownDirectory['lastRequest']): string {
  if (!last) return 'None is known: either none has come, or it is not kept any more.';
  const how =
    last.outcome === 'succeeded'
      ? 'it was answered'
      : last.outcome === 'limited'
        ? 'it came too soon and will come again'
        : `it was ${last.outcome === 'refused' ? 'refused' : 'not done'}`;
  return `${escaped(last.at.toISOString())}, ${escaped(last.method)}: ${how} (${last.status})`;
}

function domainsSection(domains: readonly ShownDomain[]): string {
  if (domains.length === 0) return '<p>There is no domain yet. Ask whoever sent you the link to add it.</p>';
  return domains
    .map(({ domain, state, strategy, token }) => {
      const record = `${term('Name of the TXT record', `<code>${escaped(`${VERIFICATION_PREFIX}.${domain}`)}</code>`)}${term(
        'Its value',
        `<code>${escaped(token)}</code>`,
      )}`;
      const wanted = strategy === 'dns' && state !== 'verified' ? record : '';
      return `<section><h2>${escaped(domain)}</h2><dl>${term('State', escaped(state))}${wanted}</dl></section>`;
    })
    .join('');
}

function links({ returnUrl, successUrl }: PortalPage): string {
  const all = [
    ...(successUrl ? [`<a rel="noreferrer" href="${escaped(successUrl)}">Done</a>`] : []),
    ...(returnUrl ? [`<a rel="noreferrer" href="${escaped(returnUrl)}">Back</a>`] : []),
  ];
  return all.length === 0 ? '' : `<nav>${all.join('')}</nav>`;
}

function term(name: string, description: string): string {
  return `<dt>${escaped(name)}</dt><dd>${description}</dd>`;
}

function html(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(
    title,
  )}</title><style>${STYLE}</style></head><body>${body}</body></html>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}
