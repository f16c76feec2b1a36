/** The keys that this installation signs with: who replaced them when, and how they are replaced. No private half is shown. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import { IsIn, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { Clock, Observations } from '@app/runtime';
import {
  SIGNING_ALGORITHMS,
  SigningKeyRotation,
  stateOf,
  type SigningAlgorithm,
  type SigningKey,
} from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard, type WithApiKey } from '../consumer/api-key.guard.js';
import { list } from '../consumer/query.js';

const ALGORITHM_MESSAGE = `algorithm must be one of ${SIGNING_ALGORITHMS.join(', ')}`;

/** Receivers may remember a JWKS for so long: see `jwks.controller.ts`. */
const LEAD_DEFAULT_IN_SECONDS = 300;
const LEAD_MOST_IN_SECONDS = 7 * 86_400;
const LEAD_MESSAGE = `lead_seconds must be a whole number from 0 (the new key signs at once) to ${LEAD_MOST_IN_SECONDS} (7 days)`;

/** Receivers may verify late what they took in time. */
const OVERLAP_LEAST_IN_SECONDS = 86_400;
const OVERLAP_MOST_IN_SECONDS = 90 * 86_400;
const OVERLAP_MESSAGE =
  `overlap_seconds must be a whole number from ${OVERLAP_LEAST_IN_SECONDS} (a day) to ${OVERLAP_MOST_IN_SECONDS} (90 days). ` +
  'A key that leaked is withdrawn at once with DELETE /signing_keys/{id}';

export class SigningKeyRotationBody {
  @IsIn(SIGNING_ALGORITHMS, { message: ALGORITHM_MESSAGE })
  algorithm: SigningAlgorithm;

  /** How long the new key is published before it signs. */
  @ValidateIf((body: SigningKeyRotationBody) => body.lead_seconds !== undefined)
  @IsInt({ message: LEAD_MESSAGE })
  @Min(0, { message: LEAD_MESSAGE })
  @Max(LEAD_MOST_IN_SECONDS, { message: LEAD_MESSAGE })
  lead_seconds?: number;

  /** How long, at least, the old key stays published after it has signed for the last time. */
  @ValidateIf((body: SigningKeyRotationBody) => body.overlap_seconds !== undefined)
  @IsInt({ message: OVERLAP_MESSAGE })
  @Min(OVERLAP_LEAST_IN_SECONDS, { message: OVERLAP_MESSAGE })
  @Max(OVERLAP_MOST_IN_SECONDS, { message: OVERLAP_MESSAGE })
  overlap_seconds?: number;
}

@Controller('signing_keys')
@UseGuards(ApiKeyGuard)
export class SigningKeysController {
  constructor(
    private readonly rotation: SigningKeyRotation,
    private readonly clock: Clock,
    private readonly observations: Observations,
  ) {}

  /** Every key there ever was, newest first. */
  @Get()
  async list(): Promise<object> {
    const keys = await this.rotation.list();
    return list(
      keys.map((key) => ({ ...this.shown(key), published: key.published })),
      { before: null, after: null },
    );
  }

  @Post('rotate')
  @HttpCode(201)
  async rotate(@Body() body: SigningKeyRotationBody, @Req() { apiKey }: WithApiKey): Promise<object> {
    const { algorithm } = body;
    const { made, replaced } = await this.rotation.rotate({
      algorithm,
      leadInSeconds: body.lead_seconds ?? LEAD_DEFAULT_IN_SECONDS,
      overlapInSeconds: body.overlap_seconds ?? OVERLAP_LEAST_IN_SECONDS,
      by: apiKey.id,
    });
    this.observations.info('signing key rotated', {
      algorithm,
      keyId: made.id,
      replaces: replaced?.id ?? null,
      signsFrom: made.signsFrom.toISOString(),
      apiKeyId: apiKey.id,
    });
    return { ...this.shown(made), replaces: replaced ? this.shown(replaced) : null };
  }

  /** For a key that leaked: for good and at once. */
  @Delete(':id')
  async withdraw(@Param('id') id: string, @Req() { apiKey }: WithApiKey): Promise<object> {
    const done = await this.rotation.withdraw(id, apiKey.id);
    if (!done) throw notFound('Signing key', id);
    const { withdrawn, signing } = done;
    this.observations.warn('signing key withdrawn', {
      algorithm: withdrawn.algorithm,
      keyId: id,
      signing: signing.id,
      apiKeyId: apiKey.id,
    });
    return { ...this.shown(withdrawn), signing: this.shown(signing) };
  }

  private shown(key: SigningKey): object {
    return {
      object: 'signing_key',
      id: key.id,
      algorithm: key.algorithm,
      state: stateOf(key, this.clock.now()),
      created_at: key.createdAt.toISOString(),
      created_by: key.createdBy,
      signs_from: key.signsFrom.toISOString(),
      retired_at: key.retiredAt?.toISOString() ?? null,
      published_until: key.publishedUntil?.toISOString() ?? null,
      withdrawn_at: key.withdrawnAt?.toISOString() ?? null,
      withdrawn_by: key.withdrawnBy,
    };
  }
}
