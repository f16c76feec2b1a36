/** Whoever tails the log gets exactly what it has for them, in its order, however they read and however often they are cut off. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventStream } from '../support/event-stream.js';
import { expected, TestHub, type Body, type TestDirectory } from '../support/hub.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { eventually } from '../support/index.js';

const WRITERS = 4;
const CHANGES_EACH = 40;

let hubs: TestHubs;
let directories: TestDirectory[];
/** The same in each run, so that a failure can be seen again; what interleaves is up to the machine. */
let seed = 20_261_122;
const dice = (sides: number): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * sides);
};
const anyHub = (): TestHub => hubs.hubs[dice(2)]!;

beforeAll(async () => {
  hubs = await startHubs(2, { ROLLCALL_EVENT_STREAMS_PER_KEY: '100' });
  directories = [await hubs.hubs[0]!.connect(), await hubs.hubs[0]!.connect()];
}, 60_000);
afterAll(() => hubs.close());

async function write(): Promise<void> {
  const users: { directory: TestDirectory; id: string }[] = [];
  for (let n = 0; n < CHANGES_EACH; n++) {
    const chosen = directories[dice(2)]!;
    const some = users[dice(users.length)];
    switch (some ? dice(4) : 0) {
      case 0:
      case 1:
        users.push({ directory: chosen, id: (await chosen.makeUser(`u-${Math.random()}`)).id });
        break;
      case 2:
        await some!.directory.patch(`/Users/${some!.id}`, { op: 'replace', path: 'title', value: `T${n}` });
        break;
      default:
        await some!.directory.makeGroup(`g-${Math.random()}`, [some!.id]);
    }
  }
}

interface Tail {
  /** What was read at once, in the order in which it was done with. */
  pages: string[][];
  stop(): Promise<void>;
}

function tailing(work: (pages: string[][], isOver: () => boolean) => Promise<void>): Tail {
  const pages: string[][] = [];
  let over = false;
  const running = work(pages, () => over);
  return { pages, stop: () => ((over = true), running) };
}

/** With the cursor of each page, also of empty ones. */
const byWaiting = (filter: string): Tail =>
  tailing(async (pages, isOver) => {
    let after = '';
    while (!isOver()) {
      const path = `/events?wait=1&limit=${1 + dice(7)}&${filter}${after && `&after=${after}`}`;
      const { body } = expected(200, await anyHub().api('GET', path));
      pages.push(body.data.map(({ id }) => id));
      after = (body.list_metadata as unknown as { cursor: string | null }).cursor ?? '';
    }
  });

/** Cut off again and again, by either side of its hub, and back with what it had last. */
const byStream = (filter: string): Tail =>
  tailing(async (pages, isOver) => {
    let lastEventId = '';
    while (!isOver()) {
      const hub = anyHub();
      const until = 1 + dice(10);
      let told = 0;
      const headers = {
        authorization: `Bearer ${hub.apiKey}`,
        ...(lastEventId && { 'last-event-id': lastEventId }),
      };
      const stream = await EventStream.open(`${hub.url}/events/stream?${filter}`, {
        headers,
        onEvent: ({ id }) => {
          if (told >= until) return; // it was cut off: whatever is still under way is lost
          pages.push([id]);
          lastEventId = id;
          told += 1;
        },
      });
      await eventually(() => expect(told >= until || isOver()).toBe(true), { withinInSeconds: 60 });
      stream.close();
    }
  });

/** Two workers that share a consumer; now and then one forgets to acknowledge, as if it had crashed after its work. */
const byConsumer = (name: string): Tail =>
  tailing(async (pages, isOver) => {
    const worker = async (): Promise<void> => {
      while (!isOver()) {
        const answer = await anyHub().api(
          'GET',
          `/consumers/${name}/events?limit=${1 + dice(7)}&wait=1&lease=1`,
        );
        if (answer.status === 409) continue;
        const page = expected(200, answer).body;
        const event_id = page.data.at(-1)?.id;
        if (event_id === undefined || dice(8) === 0) continue;
        const lease_token = (page['lease'] as { token: string }).token;
        const acked = await anyHub().api('POST', `/consumers/${name}/ack`, { event_id, lease_token });
        // Whose acknowledgement moved the place has done it; a page whose lease was lost is somebody else's work, and may be done by now.
        if (acked.status !== 200) expect(acked.body['code']).toBe('lease_lost');
        else if (acked.body['moved']) pages.push(page.data.map(({ id }) => id));
      }
    };
    await Promise.all([worker(), worker()]);
  });

it('is the same by waiting, by a stream and by a named consumer, under concurrent writers', async () => {
  const [one, two] = directories as [TestDirectory, TestDirectory];
  const filters: [query: string, filters: object][] = [
    ['', {}],
    [`directory=${one.id}`, { directories: [one.id] }],
    [
      'events=dsync.group.user_added,dsync.user.created',
      { events: ['dsync.group.user_added', 'dsync.user.created'] },
    ],
    [
      `organization_id=${two.organizationId}&cause=UserProfileChanged`,
      { organization_id: two.organizationId, causes: ['UserProfileChanged'] },
    ],
  ];
  const tails = await Promise.all(
    filters.map(async ([query, consumerFilters], n) => {
      const name = `tail-${n}`;
      expected(201, await anyHub().api('POST', '/consumers', { name, filters: consumerFilters }));
      return {
        query,
        tails: { waiting: byWaiting(query), stream: byStream(query), consumer: byConsumer(name) },
      };
    }),
  );
  const all = tails.flatMap((each) => Object.values(each.tails));
  try {
    await theSame(tails);
  } finally {
    await Promise.allSettled(all.map((tail) => tail.stop()));
  }
}, 180_000);

async function theSame(tails: { query: string; tails: Record<string, Tail> }[]): Promise<void> {
  await Promise.all(Array.from({ length: WRITERS }, write));
  const everything = await readAll('');
  expect(everything.length).toBeGreaterThan(WRITERS * CHANGES_EACH);
  for (const { query, tails: each } of tails) {
    const log = await readAll(query);
    expect(log.length).toBeGreaterThan(5);
    for (const [how, tail] of Object.entries(each)) {
      await eventually(() => expect(tail.pages.flat().length).toBeGreaterThanOrEqual(log.length), {
        withinInSeconds: 60,
      });
      await tail.stop();
      // Of two workers one may hear later that its page is acknowledged than the other of the next page.
      if (how === 'consumer') tail.pages.sort(([a], [b]) => log.indexOf(a!) - log.indexOf(b!));
      expect({ query, how, ids: tail.pages.flat() }).toEqual({ query, how, ids: log });
    }
  }
}

/** What the log has, in pages of the largest size. */
async function readAll(filter: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const path: string = `/events?limit=1000&${filter}${after && `&after=${after}`}`;
    const { body }: { body: Body } = expected(200, await hubs.hubs[0]!.api('GET', path));
    ids.push(...body.data.map(({ id }) => id));
    after = body.list_metadata.after;
  }
  return ids;
}
