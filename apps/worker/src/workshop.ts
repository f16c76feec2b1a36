import type { Engine, Urgency } from '@app/delivery';

/** Holds the engine, so that it can be injected; `worker.module.ts` puts it together. */
export class Workshop {
  /**
   * @param urgencies whose routers and queues are worked here.
   * @param revocationTargetInSeconds how long an application may take to confirm.
   */
  constructor(
    readonly engine: Engine,
    readonly urgencies: readonly Urgency[],
    readonly revocationTargetInSeconds: number,
  ) {}
}
