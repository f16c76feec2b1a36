import { Injectable } from '@nestjs/common';
import { Bell, Errands, route, WAKE_QUEUE, type Errand } from '@app/delivery';
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
    this.queues.work(WAKE_QUEUE, 1, () => this.process());
  }

  private async process(): Promise<void> {
    // Whoever reads of an event has the shortest way to those who want it.
    const errands = {
      putAll: async (all: readonly Errand[]) => this.errands.putAll(await this.processor.beginOwn(all)),
    };
    const { more } = await this.processor.urgently(() => route(this.workshop.engine, errands));
    if (more) this.bell.ring();
  }
}
