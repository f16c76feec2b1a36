import { Injectable } from '@nestjs/common';
import { Bell, Errands, route, WAKE_QUEUE } from '@app/delivery';
import { Queues } from '@app/runtime';
import { Workshop } from './workshop.js';

/** Works the tickets "the log moved". */
@Injectable()
export class WakeProcessor {
  constructor(
    private readonly workshop: Workshop,
    private readonly errands: Errands,
    private readonly bell: Bell,
    private readonly queues: Queues,
  ) {}

  start(): void {
    // One at a time: a second router would find the checkpoint taken.
    this.queues.work(WAKE_QUEUE, 1, () => this.process());
  }

  private async process(): Promise<void> {
    const { more } = await route(this.workshop.engine, this.errands);
    if (more) this.bell.ring();
  }
}
