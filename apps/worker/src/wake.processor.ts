import { Injectable } from '@nestjs/common';
import { Bell, Errands, route, WAKE_QUEUES, type Errand, type Urgency } from '@app/delivery';
import { Queues } from '@app/runtime';
import { ErrandsProcessor } from './errands.processor.js';
import { Workshop } from './workshop.js';

/** Works the tickets "the log moved". */
@Injectable()
export class WakeProcessor {
  constructor(
    private readonly workshop: Workshop,
    private readonly errands: Errands,
    private readonly bell: Bell,
    private readonly queues: Queues,
    private readonly processor: ErrandsProcessor,
  ) {}

  start(): void {
    // One at a time: a second router would find the checkpoint taken.
    for (const urgency of this.workshop.urgencies)
      this.queues.work(WAKE_QUEUES[urgency], 1, () => this.process(urgency));
  }

  private async process(urgency: Urgency): Promise<void> {
    // Whoever reads of an event has the shortest way to those who want it.
    const errands = {
      putAll: async (all: readonly Errand[]) => this.errands.putAll(await this.processor.beginOwn(all)),
    };
    const { more } = await this.processor.urgently(() => route(this.workshop.engine, errands, [urgency]));
    if (more) this.bell.ringFor(urgency);
  }
}
