/** How far hubs are with what they do behind the writers' backs: mappings, roles and history. For metrics. */
import { checkpointPosition, headPosition } from '@app/event-log';
import { HISTORY_CHECKPOINT } from '@app/history';
import { reviewBacklog } from '@app/provisioning';
import type { Clock, Database, Reading, Source } from '@app/runtime';
import { secondsSince } from './feed/named-consumers.js';
import { ROLES_CHECKPOINT } from './mapping/role-follower.js';

const READ_EVERY_IN_MILLISECONDS = 5_000;

export function followerGauges({ database, clock }: { database: Database; clock: Clock }): Source {
  return {
    names: [
      'rollcall_mapping_backlog_people',
      'rollcall_mapping_backlog_seconds',
      'rollcall_roles_lag_events',
      'rollcall_roles_lag_seconds',
      'rollcall_history_lag_events',
    ],
    keptForMilliseconds: READ_EVERY_IN_MILLISECONDS,
    read: async () => {
      const now = clock.now();
      const [backlog, head, roles, history] = await Promise.all([
        reviewBacklog(database),
        headPosition(database),
        checkpointPosition(database, ROLES_CHECKPOINT),
        checkpointPosition(database, HISTORY_CHECKPOINT),
      ]);
      const [next] = await database.rows<{ occurred_at: Date }>(
        'select occurred_at from event where position = $1',
        [roles + 1],
      );
      const ofKinds = (['attributes', 'roles'] as const).flatMap((kind): Reading[] => {
        const planned = backlog.find((each) => each.kind === kind);
        return [
          { name: 'rollcall_mapping_backlog_people', labels: { kind }, value: planned?.people ?? 0 },
          {
            name: 'rollcall_mapping_backlog_seconds',
            labels: { kind },
            value: secondsSince(planned?.plannedAt ?? null, now),
          },
        ];
      });
      return [
        ...ofKinds,
        { name: 'rollcall_roles_lag_events', value: Math.max(0, head - roles) },
        { name: 'rollcall_roles_lag_seconds', value: secondsSince(next?.occurred_at ?? null, now) },
        { name: 'rollcall_history_lag_events', value: Math.max(0, head - history) },
      ];
    },
  };
}
