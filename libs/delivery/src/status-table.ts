/** What each HTTP status means to deliveries: the one table, which `docs/delivery/retries.md` shows. */

export interface StatusMeaning {
  /** Both inclusive. */
  from: number;
  to: number;
  /** A sentence for people. */
  says: string;
  /** The event was taken. */
  delivered: boolean;
  /** The event is tried again. */
  retried: boolean;
  /** A first attempt or a probe that ends so counts as a failure to the breaker. */
  countsToBreaker: boolean;
  /** Whom it speaks about. A probe that blames the event shows that the endpoint is there, and costs the event a wait. */
  blames: 'nobody' | 'event' | 'endpoint';
  /** Who waits for `Retry-After` (RFC 9110 §10.2.3): this event only, or everything for this destination. */
  retryAfter: 'ignored' | 'event' | 'destination';
}

type Row = Omit<StatusMeaning, 'from' | 'to'>;

const DELIVERED: Row = {
  says: 'accepted',
  delivered: true,
  retried: false,
  countsToBreaker: false,
  blames: 'nobody',
  retryAfter: 'ignored',
};
const endpoint = (says: string): Row => ({
  says,
  delivered: false,
  retried: true,
  countsToBreaker: true,
  blames: 'endpoint',
  retryAfter: 'event',
});
const event = (says: string): Row => ({ ...endpoint(says), blames: 'event' });
const throttled = (says: string): Row => ({ ...endpoint(says), retryAfter: 'destination' });

const at = (status: number, row: Row): StatusMeaning => ({ from: status, to: status, ...row });

/** The first row that fits holds. RFC 9110 §15 where it says no other. */
export const STATUS_TABLE: readonly StatusMeaning[] = [
  { from: 200, to: 299, ...DELIVERED },
  { from: 300, to: 399, ...endpoint('a redirect, which is never followed: mend the URL') },
  at(401, endpoint('our request is not authenticated')),
  at(402, endpoint('payment required')),
  at(403, endpoint('our request is forbidden')),
  at(404, endpoint('nothing is at this URL')),
  at(405, endpoint('POST is not allowed at this URL')),
  at(407, endpoint('a proxy wants to know us')),
  at(408, endpoint('our request took too long')),
  at(410, {
    ...endpoint('nothing more is wanted: the destination is disabled'),
    retried: false,
    retryAfter: 'ignored',
  }),
  at(421, endpoint('the wrong server')),
  at(425, endpoint('too early (RFC 8470)')),
  at(426, endpoint('another protocol is wanted')),
  at(429, throttled('too many requests (RFC 6585 §4)')),
  at(451, endpoint('not available for legal reasons')),
  { from: 400, to: 499, ...event('this event is not liked') },
  at(503, throttled('not available for now')),
  { from: 500, to: 599, ...endpoint('the endpoint failed') },
];

/** No HTTP status that anybody has defined. */
const UNKNOWN = endpoint('not a status of HTTP');

/** @param status as the answer had it. */
export function meaningOf(status: number): StatusMeaning {
  return (
    STATUS_TABLE.find(({ from, to }) => status >= from && status <= to) ?? {
      from: status,
      to: status,
      ...UNKNOWN,
    }
  );
}

/** The table in Markdown, for the documentation. */
export function statusTableInMarkdown(): string {
  const head = [
    'status',
    'what it says',
    'retried',
    'counts to the breaker',
    'blames',
    '`Retry-After` moves',
  ];
  const rows = STATUS_TABLE.map(({ from, to, ...row }) => [
    from === to ? String(from) : `${String(from).slice(0, 1)}xx`,
    row.says,
    row.retried ? 'yes' : 'no',
    row.countsToBreaker ? 'yes' : 'no',
    row.blames,
    row.retryAfter === 'ignored' ? 'nothing' : `the ${row.retryAfter}`,
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
