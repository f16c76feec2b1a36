/** SCIM as a patient identity provider speaks it: through whichever hub answers, again and again, and never twice the same thing. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Dice } from '../fuzz/dice.js';
import type { HttpAnswer, TestHub } from '../support/hub.js';
import { TestDirectory } from '../support/hub.js';

/** Answers that say "come again"; everything else is the answer. */
const LATER: ReadonlySet<number> = new Set([429, 503]);
const AGAIN_AFTER_IN_MILLISECONDS = 150;
const ACCEPTED_WITHIN_IN_SECONDS = 120;

export interface DoorFacts {
  id: string;
  organizationId: string;
  token: string;
}

/** How often somebody had to come again, and why. */
export interface Patience {
  retries: number;
  /** Answers that no fault of the world explains. */
  incidents: string[];
  /** Nobody is there any more to ask: whoever waits gives up. */
  isOver: boolean;
}

export class Door {
  private readonly ways: TestDirectory[];

  constructor(
    private readonly facts: DoorFacts,
    hubs: readonly TestHub[],
    private readonly dice: Dice,
    private readonly patience: Patience,
  ) {
    this.ways = hubs.map((hub) => new TestDirectory(hub, facts));
  }

  get directoryId(): string {
    return this.facts.id;
  }

  /**
   * @param known finds it, should an attempt that had no answer have made it after all.
   * @returns its id, and the request that made it unless that is not known for certain.
   */
  async create(
    path: string,
    body: object,
    known: string,
  ): Promise<{ id: string; requestId: string | undefined }> {
    const { answer, certain } = await this.until('POST', path, body, [201, 409]);
    if (answer.status === 201)
      return { id: answer.body.id, requestId: certain ? requestIdOf(answer) : undefined };
    if (certain) this.patience.incidents.push(`POST ${path} was a conflict the first time: ${answer.text}`);
    const found = await this.until('GET', `${path}?filter=${encodeURIComponent(known)}`, undefined, [200]);
    return { id: found.answer.body.Resources[0]!.id, requestId: undefined };
  }

  async change(method: string, path: string, body: object): Promise<string | undefined> {
    const { answer, certain } = await this.until(method, path, body, [200, 204]);
    return certain ? requestIdOf(answer) : undefined;
  }

  async remove(path: string): Promise<string | undefined> {
    const { answer, certain } = await this.until('DELETE', path, undefined, [204, 404]);
    if (certain && answer.status === 404)
      this.patience.incidents.push(`DELETE ${path} found nothing the first time`);
    return certain ? requestIdOf(answer) : undefined;
  }

  /** @returns the answer, and whether this attempt alone can have done what it says. */
  private async until(
    method: string,
    path: string,
    body: object | undefined,
    wanted: readonly number[],
  ): Promise<{ answer: HttpAnswer; certain: boolean }> {
    const end = Date.now() + ACCEPTED_WITHIN_IN_SECONDS * 1_000;
    for (let certain = true; ; certain = false) {
      const answer = await this.dice
        .pick(this.ways)
        .scim(method, path, body)
        .catch((error: unknown) => String(error));
      if (typeof answer !== 'string' && wanted.includes(answer.status)) return { answer, certain };
      const said = typeof answer === 'string' ? answer : `${answer.status} ${answer.text}`;
      if (typeof answer !== 'string' && !LATER.has(answer.status))
        this.patience.incidents.push(`${method} ${path} was answered ${said}`);
      if (Date.now() > end || this.patience.isOver)
        throw new Error(`${method} ${path} was not accepted in ${ACCEPTED_WITHIN_IN_SECONDS} s: ${said}`);
      this.patience.retries += 1;
      await pause(AGAIN_AFTER_IN_MILLISECONDS);
    }
  }
}

function requestIdOf({ headers }: HttpAnswer): string | undefined {
  return headers['x-request-id'];
}
