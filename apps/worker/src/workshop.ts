import type { Engine } from '@app/delivery';

/** Holds the engine, so that it can be injected; `worker.module.ts` puts it together. */
export class Workshop {
  constructor(readonly engine: Engine) {}
}
