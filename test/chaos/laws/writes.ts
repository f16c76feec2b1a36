/** The law of writers: what was accepted is in the log exactly once, in the writer's order, and nothing that nobody asked for. */
import type { AcceptedWrite, Finding, Lane, LoggedEvent, Recording } from '../recording.js';

export function writes({ lanes, log }: Recording): Finding[] {
  const laneOf = new Map<string, Lane>();
  for (const lane of lanes) {
    for (const { subjects } of lane.writes) for (const subject of subjects) laneOf.set(subject, lane);
  }
  const logged = new Map<Lane, LoggedEvent[]>(lanes.map((lane) => [lane, []]));
  const nobodys: LoggedEvent[] = [];
  for (const event of log) {
    const lane = laneOf.get(event.subjects[0]!);
    if (lane) logged.get(lane)!.push(event);
    else nobodys.push(event);
  }
  return [
    ...nobodys.map((event) =>
      finding(`${shown(event)} at position ${event.position} was asked for by nobody`),
    ),
    ...lanes.flatMap((lane) => differences(lane, logged.get(lane)!)),
  ];
}

/** Says only where they part: everything after it differs too. */
function differences(lane: Lane, events: readonly LoggedEvent[]): Finding[] {
  for (let index = 0; index < Math.max(lane.writes.length, events.length); index += 1) {
    const [write, event] = [lane.writes[index], events[index]];
    if (write && event && isOf(write, event)) continue;
    return [
      finding(
        `${lane.name}: its write ${index + 1} of ${lane.writes.length} was ${write ? shown(write) : 'none'}, ` +
          `and the log has ${event ? `${shown(event)} at position ${event.position}` : 'nothing'} there`,
      ),
    ];
  }
  return [];
}

function isOf(write: AcceptedWrite, event: LoggedEvent): boolean {
  return (
    shown(write) === shown(event) && (write.requestId === undefined || write.requestId === event.requestId)
  );
}

function shown({ type, subjects, mark }: Pick<AcceptedWrite, 'type' | 'subjects' | 'mark'>): string {
  return `${type} of ${[...subjects].sort().join(' and ')}${mark === null ? '' : ` (${mark})`}`;
}

function finding(sentence: string): Finding {
  return { law: 'accepted once, logged once', sentence };
}
