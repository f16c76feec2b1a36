/** Everything that can happen to the delivery engine, and how chance chooses among it. */
import fc from 'fast-check';
import { ORDERINGS, type Ordering } from '../../order.js';
import type { Answer, Interruption, Plan } from './plan.js';

export interface EventWish {
  what: 'person' | 'group' | 'membership' | 'leaves' | 'returns' | 'impossible';
  person: number;
  group: number;
}

/** Destinations are named by their number, counted around. */
export type Act =
  | { do: 'append'; organization: number; directory: number; events: EventWish[] }
  | { do: 'route' }
  /** `after expiry`: whoever had the lease is taken to be dead. */
  | { do: 'pump'; ear: number; afterExpiry: boolean; plan: Plan<Act> }
  | { do: 'wait'; seconds: number }
  | { do: 'pause' | 'disable' | 'enable'; ear: number }
  | { do: 'rewind'; ear: number; back: number }
  /** A person puts a parked delivery back. */
  | { do: 'repeat'; ear: number; nth: number }
  /** A parked delivery has failed for so long that its next failure is its last. */
  | { do: 'age'; ear: number; nth: number }
  | { do: 'wake'; nth: number }
  | { do: 'order'; ear: number; ordering: Ordering }
  | {
      do: 'subscribe';
      organization: number | null;
      choosy: boolean;
      farewell: boolean;
      ordering: Ordering;
      maxInFlight: number;
    };

const small = fc.nat({ max: 7 });
const ear = fc.nat({ max: 3 });

const eventWish: fc.Arbitrary<EventWish> = fc.record({
  what: fc.oneof(
    { weight: 5, arbitrary: fc.constant('person' as const) },
    { weight: 4, arbitrary: fc.constant('membership' as const) },
    { weight: 2, arbitrary: fc.constantFrom('group', 'leaves', 'returns') },
    { weight: 1, arbitrary: fc.constant('impossible' as const) },
  ) as fc.Arbitrary<EventWish['what']>,
  person: fc.nat({ max: 3 }),
  group: fc.nat({ max: 1 }),
});

const appending: fc.Arbitrary<Act> = fc.record({
  do: fc.constant('append' as const),
  organization: fc.nat({ max: 1 }),
  directory: fc.nat({ max: 1 }),
  events: fc.array(eventWish, { minLength: 1, maxLength: 12, size: 'max' }),
});

const waiting: fc.Arbitrary<Act> = fc
  .constantFrom(1, 10, 40, 700, 8_000, 50_000)
  .map((seconds) => ({ do: 'wait', seconds }));

type Weighted = { weight: number; arbitrary: fc.Arbitrary<Act> };

const pressing: fc.Arbitrary<Act> = fc.record({ do: fc.constantFrom('pause', 'disable'), ear });
const enabling: fc.Arbitrary<Act> = fc.record({ do: fc.constant('enable'), ear });
const rewinding: fc.Arbitrary<Act> = fc.record({ do: fc.constant('rewind'), ear, back: fc.nat({ max: 15 }) });
const ordering: fc.Arbitrary<Act> = fc.record({
  do: fc.constant('order'),
  ear,
  ordering: fc.constantFrom(...ORDERINGS),
});
const repeating: fc.Arbitrary<Act> = fc.record({ do: fc.constant('repeat'), ear, nth: small });
const aging: fc.Arbitrary<Act> = fc.record({ do: fc.constant('age'), ear, nth: small });
const routing: fc.Arbitrary<Act> = fc.constant({ do: 'route' });

/** What people do at any time. In the middle of somebody's pump it hurts most. */
const people: Weighted[] = [
  { weight: 1, arbitrary: pressing },
  { weight: 2, arbitrary: enabling },
  { weight: 4, arbitrary: rewinding },
  { weight: 3, arbitrary: ordering },
  { weight: 3, arbitrary: repeating },
  { weight: 2, arbitrary: aging },
];

const failure: fc.Arbitrary<Answer> = fc.constantFrom<Answer[]>(
  { status: 500 },
  { status: 400 },
  { status: 422 },
  { status: 503 },
  { status: 429, retryAfter: 60 },
  { status: 503, retryAfter: 600 },
  'hangs up',
);

const answers: fc.Arbitrary<Answer[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Answer[]>([]) },
  {
    weight: 4,
    arbitrary: fc.array(
      fc.oneof(
        { weight: 2, arbitrary: fc.constant<Answer>({ status: 204 }) },
        { weight: 1, arbitrary: failure },
      ),
      { maxLength: 15, size: 'max' },
    ),
  },
  // An endpoint that is down.
  {
    weight: 2,
    arbitrary: fc
      .nat({ max: 30 })
      .chain((count) => failure.map((answer) => Array<Answer>(count).fill(answer))),
  },
  {
    weight: 1,
    arbitrary: fc
      .nat({ max: 4 })
      .map((count) => [...Array<Answer>(count).fill({ status: 204 }), { status: 410 }]),
  },
);

const planOf = (interruption: fc.Arbitrary<Interruption<Act>>): fc.Arbitrary<Plan<Act>> =>
  fc.record({
    seed: fc.nat(),
    answers,
    interruptions: fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      {
        weight: 2,
        arbitrary: fc.array(fc.record({ step: fc.integer({ min: 1, max: 18 }), what: interruption }), {
          maxLength: 3,
        }),
      },
    ),
  });

const pumping = (interruption: fc.Arbitrary<Interruption<Act>>): fc.Arbitrary<Act> =>
  fc.record({
    do: fc.constant('pump' as const),
    ear,
    afterExpiry: fc.oneof(
      { weight: 3, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    plan: planOf(interruption),
  });

const ends: fc.Arbitrary<Interruption<Act>> = fc.constantFrom<Interruption<Act>[]>(
  'dies before',
  'dies after',
  'fails before',
  'fails after',
  'sleeps',
  'is stopped',
);

const meanwhile: fc.Arbitrary<Interruption<Act>> = fc
  .oneof(
    ...people,
    { weight: 4, arbitrary: appending },
    { weight: 2, arbitrary: routing },
    { weight: 2, arbitrary: waiting },
    { weight: 5, arbitrary: pumping(ends) },
  )
  .map((act) => ({ meanwhile: act }));

export const act: fc.Arbitrary<Act> = fc.oneof(
  ...people,
  { weight: 25, arbitrary: appending },
  { weight: 15, arbitrary: routing },
  { weight: 35, arbitrary: pumping(fc.oneof(ends, meanwhile)) },
  { weight: 15, arbitrary: waiting },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wake'), nth: small }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('subscribe' as const),
      organization: fc.constantFrom(null, 0, 1),
      choosy: fc.boolean(),
      farewell: fc.boolean(),
      ordering: fc.constantFrom(...ORDERINGS),
      maxInFlight: fc.integer({ min: 1, max: 5 }),
    }),
  },
);
