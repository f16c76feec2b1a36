import { Injectable } from '@nestjs/common';
import { forgottenTests, runTest, TEST_QUEUE, TestTickets, type TestTicket } from '@app/delivery';
import { Queues } from '@app/runtime';
import { Workshop } from './workshop.js';

/** A person waits for each, and each may take as long as the endpoint is silent. */
const TESTS_AT_ONCE = 8;

/** Works the tickets "this test waits". */
@Injectable()
export class TestsProcessor {
  constructor(
    private readonly workshop: Workshop,
    private readonly tickets: TestTickets,
    private readonly queues: Queues,
  ) {}

  start(): void {
    this.queues.work<TestTicket>(TEST_QUEUE, TESTS_AT_ONCE, ({ testId }) =>
      runTest(this.workshop.engine, testId),
    );
  }

  /** Gives tickets to the tests that have lost theirs. */
  async remind(): Promise<void> {
    const ids = await forgottenTests(this.workshop.engine.database, TESTS_AT_ONCE);
    await Promise.all(ids.map((id) => this.tickets.put(id)));
  }
}
