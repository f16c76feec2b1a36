/** What a run was like, as a table for people. */
import { countedByFault, crowding, duplicatesOf } from './laws/senders.js';
import {
  aboutOf,
  arrivalsOf,
  wantedBy,
  type Disturbance,
  type DisturbanceKind,
  type Finding,
} from './recording.js';
import { firstTimes } from './laws/deliveries.js';
import type { RunResult } from './run.js';

/** @returns a table in Markdown: a line for each figure, a column for each run. */
export function reportOf(runs: readonly RunResult[]): string {
  const columns = runs.map(figuresOf);
  const names = Object.keys(columns[0] ?? {});
  const rows = names.map((name) => [name, ...columns.map((column) => column[name] ?? '')]);
  const heads = ['queue', ...runs.map(({ backend }) => (backend === 'redis' ? 'Redis' : 'PostgreSQL'))];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function figuresOf(run: RunResult): Record<string, string> {
  const { recording, findings } = run;
  const duplicates = recording.destinations.flatMap((destination) => duplicatesOf(destination, recording));
  const crowds = recording.destinations.map((destination) => crowding(destination, recording).crowd);
  const delays = delaysOf(run);
  const count = (...kinds: DisturbanceKind[]): string =>
    String(recording.disturbances.filter(({ kind }) => kinds.includes(kind)).length);
  const broken = (law: string): string => String(findings.filter((finding) => finding.law === law).length);
  const byFault = recording.destinations.flatMap((destination) =>
    [...countedByFault(duplicatesOf(destination, recording)).values()].map(({ count: again }) => again),
  );
  return {
    'seconds of faults, and until all was delivered': `${run.chaosInSeconds.toFixed(0)} + ${run.healedInSeconds.toFixed(0)}`,
    'writes accepted (sent again)': `${recording.lanes.reduce((sum, lane) => sum + lane.writes.length, 0)} (${run.retries})`,
    'events, for so many destinations': `${recording.log.length}, ${recording.destinations.length}`,
    'deliveries acknowledged': String(acknowledgedOf(run)),
    'receipts of revocations: acknowledged / superseded / failed': receiptsOf(run),
    'requests that receivers saw': String(recording.arrivals.length),
    'workers killed, hubs killed': `${count('worker killed')}, ${count('hub killed')}`,
    'workers stopped for longer than a lease': count('worker stopped'),
    'PostgreSQL restarted, crashed': `${count('database restarted')}, ${count('database crashed')}`,
    'queue flushed, Redis away': `${count('queue flushed')}, ${count('redis away')}`,
    'everything paused': count('everything paused'),
    'database out of reach because the machine was busy': count('database slow'),
    '**lost**': `**${broken('no hole')}**`,
    '**out of order**': `**${findings.filter(({ law }) => law.endsWith('in order')).length}**`,
    '**accepted and not in the log once**': `**${broken('accepted once, logged once')}**`,
    '**other promises broken**': `**${others(findings)}**`,
    'delivered again after a crash (most for one destination)': `${duplicates.length} (${Math.max(0, ...byFault)})`,
    'most at once for one destination (with a lost lease)': `${Math.max(0, ...crowds.map(({ most }) => most))} (${Math.max(0, ...crowds.map(({ mostWithOverdue }) => mostWithOverdue))})`,
    'healthy receivers, commit to answer, p50 / p99 / worst': `${delays.map(shownTime).join(' / ')}`,
    'worst recovery of healthy receivers after a fault': worstRecovery(run),
    'memory of a worker, at most': run.workerPeakInBytes
      ? `${Math.round(run.workerPeakInBytes / 1_048_576)} MiB`
      : 'not known',
    seed: String(run.seed),
  };
}

const NAMED: ReadonlySet<string> = new Set([
  'no hole',
  'in order',
  'acknowledged in order',
  'accepted once, logged once',
]);

function others(findings: readonly Finding[]): number {
  return findings.filter(({ law }) => !NAMED.has(law)).length;
}

function acknowledgedOf({ recording }: RunResult): number {
  const taken = recording.arrivals.filter(({ acknowledgement }) => acknowledgement !== 'none');
  return new Set(taken.map(({ destinationId, about }) => `${destinationId} ${about}`)).size;
}

function receiptsOf({ recording: { receipts } }: RunResult): string {
  const states = ['acknowledged', 'superseded', 'failed'];
  return states.map((wanted) => receipts.filter(({ state }) => state === wanted).length).join(' / ');
}

interface Taken {
  committedAt: number;
  /** When a healthy receiver had acknowledged it. */
  takenAt: number;
}

/** Everything that healthy receivers of webhooks have acknowledged. */
function takenByHealthy({ recording }: RunResult): Taken[] {
  return recording.destinations
    .filter(({ healthy, protocol }) => healthy && protocol === 'webhook')
    .flatMap((destination) => {
      const arrivals = arrivalsOf(destination, recording);
      const times = firstTimes(arrivals);
      const atTick = new Map(arrivals.map(({ answered, answeredAt }) => [answered, answeredAt]));
      return wantedBy(destination, recording.log).flatMap((event) => {
        const takenAt = atTick.get(times.get(aboutOf(event))?.acknowledged);
        return takenAt === undefined ? [] : [{ committedAt: event.occurredAt, takenAt }];
      });
    });
}

function delaysOf(run: RunResult): number[] {
  const delays = takenByHealthy(run)
    .map(({ committedAt, takenAt }) => takenAt - committedAt)
    .sort((one, other) => one - other);
  const at = (share: number): number =>
    delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0;
  return [at(0.5), at(0.99), at(1)];
}

/** How long after a fault was over healthy receivers had everything that was committed until then. */
function worstRecovery(run: RunResult): string {
  const taken = takenByHealthy(run);
  const recoveries = run.recording.disturbances.map((disturbance) => ({
    disturbance,
    lasted: Math.max(
      0,
      ...taken
        .filter(({ committedAt }) => committedAt <= disturbance.to)
        .map(({ takenAt }) => takenAt - disturbance.to),
    ),
  }));
  const worst = recoveries.reduce<{ disturbance?: Disturbance; lasted: number }>(
    (most, each) => (each.lasted > most.lasted ? each : most),
    { lasted: 0 },
  );
  return `${shownTime(worst.lasted)}${worst.disturbance ? ` (${worst.disturbance.kind})` : ''}`;
}

function shownTime(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
