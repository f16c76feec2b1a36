/** Makes and changes destinations: their URL is checked, and their place in the log is written with them. */
import { Injectable } from '@nestjs/common';
import {
  AddressGuard,
  beginDelivery,
  changedRequest,
  checkDestinationUrl,
  Errands,
  mannerOf,
  parseSettings,
  isAboutPeople,
  reorderDelivery,
  resumeDelivery,
  type DeliveryOptions,
  type DestinationFilter,
  type Protocol,
} from '@app/delivery';
import { EventLog } from '@app/event-log';
import type { EntityManager } from 'typeorm';
import { Clock, Database, type Tx } from '@app/runtime';
import {
  Destinations,
  Organizations,
  type Destination,
  type DestinationState,
  type OpenedSecret,
} from '@app/tenancy';
import { webhook } from '@app/webhooks';
import { ApiError } from './consumer/api-error.js';
import { invalid } from './consumer/validation.js';
import { merged } from './destination-body.js';
import { DestinationFilters } from './destination-filters.js';
import { holdUnchanged } from './found-destination.js';
import { newSecret } from './new-secret.js';
import { PROTOCOLS, unknownProtocol } from './protocols.js';
import { refuseSnapshotOf, Replays } from './replays.js';
import { oneAfterAnother, refuseSameEndpoint } from './same-endpoint.js';
import { positionToStartFrom, type StartFrom } from './start-from.js';

export interface DestinationWish {
  protocol: string;
  organizationId: string | null;
  settings: unknown;
  eventTypes: string[];
  filter?: DestinationFilter | undefined;
  delivery?: DeliveryOptions | undefined;
  request?: object | null | undefined;
  /** Without it: now. */
  startFrom?: StartFrom | undefined;
  /** Another destination of the protocol may have the same URL. */
  sharesEndpoint?: true;
  /** What is written down in the same transaction. */
  besides?(tx: Tx, made: Destination): Promise<void>;
}

export interface MadeDestination {
  destination: Destination;
  /** What the receiver of webhooks verifies with. */
  secret: string | null;
  /** The snapshot that it begins with. */
  snapshotId: string | null;
}

export interface DestinationChanges {
  settings?: unknown;
  eventTypes?: string[];
  state?: DestinationState;
  filter?: DestinationFilter | undefined;
  delivery?: DeliveryOptions | undefined;
  request?: object | null | undefined;
  /** No other destination of the protocol may have the same URL. */
  ownsEndpoint?: true;
  /** Nothing is done when somebody has changed it since it was read. */
  ifUnchanged?: true;
  /** What is written down in the same transaction, after it. */
  besides?(tx: Tx): Promise<void>;
}

// Each destination is looked at for every event; a number beyond this is a mistake, not a use.
const DESTINATIONS_AT_MOST = 100;

@Injectable()
export class DestinationSetUp {
  constructor(
    private readonly database: Database,
    private readonly destinations: Destinations,
    private readonly organizations: Organizations,
    private readonly filters: DestinationFilters,
    private readonly guard: AddressGuard,
    private readonly errands: Errands,
    private readonly clock: Clock,
    private readonly log: EventLog,
    private readonly replays: Replays,
  ) {}

  async create(wish: DestinationWish): Promise<MadeDestination> {
    const protocol = PROTOCOLS.get(wish.protocol);
    if (!protocol) throw unknownProtocol(wish.protocol);
    const { organizationId, eventTypes } = wish;
    const startFrom = wish.startFrom ?? 'now';
    if (startFrom === 'snapshot') refuseSnapshotOf(protocol, 'start_from');
    const position = positionToStartFrom(startFrom, this.log);
    if (organizationId !== null && !(await this.organizations.find(organizationId))) {
      const message = 'organization_id names no organization';
      throw new ApiError(422, 'unknown_organization', `${message}.`, [
        { field: 'organization_id', code: 'unknown_organization', message },
      ]);
    }
    const settings = await this.checked(protocol, wish.settings);
    const filter = await this.filtered({}, wish.filter, organizationId);
    const delivery = manner(protocol, {}, wish.delivery);
    const request = wish.request ? await this.requested({}, wish.request) : null;
    const idPrefix = protocol.name === webhook.name ? 'we' : 'destination';
    const { destination, secret, snapshot } = await this.database.transaction(async (tx, manager) => {
      await oneAfterAnother(tx, organizationId);
      await this.refuseTooMany(manager, wish, { protocol, settings });
      const row = {
        idPrefix,
        organizationId,
        protocol: protocol.name,
        settings,
        eventTypes,
        filter,
        delivery,
        request,
      } as const;
      const made = await this.destinations.create(manager, row);
      const cursor = await beginDelivery(tx, made.id, position);
      const secrets = await this.withSecrets(manager, made, protocol);
      await wish.besides?.(tx, made);
      return {
        destination: made,
        secret: secrets.find(({ kind }) => kind === 'hmac')?.value ?? null,
        snapshot: startFrom === 'snapshot' ? await this.replays.createSnapshot(tx, made, cursor) : undefined,
      };
    });
    if (snapshot) void this.replays.begin(destination, snapshot);
    else if (startFrom !== 'now')
      void this.errands.put(protocol.urgency, destination.id).catch(() => undefined);
    return { destination, secret, snapshotId: snapshot?.id ?? null };
  }

  async change(destination: Destination, changes: DestinationChanges): Promise<Destination> {
    const { settings, eventTypes, state } = changes;
    const protocol = PROTOCOLS.get(destination.protocol);
    if (!protocol) throw unknownProtocol(destination.protocol);
    const checked = settings === undefined ? undefined : await this.checked(protocol, settings);
    const filter = await this.filtered(destination.filter, changes.filter, destination.organizationId);
    const delivery = manner(protocol, destination.delivery, changes.delivery);
    const ordering = mannerOf(delivery).ordering;
    const request =
      changes.request === undefined
        ? undefined
        : await this.requested(this.destinations.requestOf(destination), changes.request);
    const after = await this.database.transaction(async (tx, manager) => {
      const change = {
        ...(checked ? { settings: checked } : {}),
        ...(eventTypes ? { eventTypes } : {}),
        ...(state ? { state } : {}),
        ...(changes.filter ? { filter } : {}),
        ...(changes.delivery ? { delivery } : {}),
        ...(request === undefined ? {} : { request }),
      };
      if (checked && changes.ownsEndpoint) {
        await oneAfterAnother(tx, destination.organizationId);
        const others = await this.destinations.ofOrganization(destination.organizationId, manager);
        refuseSameEndpoint(others, { protocol, settings: checked, id: destination.id });
      }
      if (changes.ifUnchanged) await holdUnchanged(tx, destination);
      const changed = await this.destinations.change(destination.id, change, manager);
      if (!changed)
        throw new ApiError(404, 'entity_not_found', `Destination not found: '${destination.id}'.`);
      if (checked) await this.withSecrets(manager, changed, protocol);
      if (ordering !== mannerOf(destination.delivery).ordering)
        await reorderDelivery(tx, destination.id, {
          ...{ ordering, aboutPeople: isAboutPeople(protocol) },
          now: this.clock.now(),
        });
      if (state === 'enabled') await resumeDelivery(tx, destination.id);
      await changes.besides?.(tx);
      return changed;
    });
    // What waited while it was not enabled goes out now; without the ticket the sweep finds it.
    if (state === 'enabled') void this.errands.put(protocol.urgency, destination.id).catch(() => undefined);
    return after;
  }

  private requested(stored: object, change: object | null): Promise<object | null> {
    return changedRequest(stored, change, { guard: this.guard, now: this.clock.now() });
  }

  /** Its settings say what it signs with; what is missing is made now. @returns what was made. */
  private withSecrets(
    manager: EntityManager,
    { id, settings }: Destination,
    protocol: Protocol,
  ): Promise<OpenedSecret[]> {
    const kinds = protocol.secretKinds?.(settings) ?? [];
    return this.destinations.secrets.ensure(manager, id, { kinds, make: newSecret });
  }

  private async filtered(
    stored: object,
    change: DestinationFilter | undefined,
    organizationId: string | null,
  ): Promise<Record<string, unknown>> {
    const filter = merged(stored, change ?? {});
    if (change) await this.filters.check(filter as DestinationFilter, organizationId);
    return filter;
  }

  private async checked(protocol: Protocol, raw: unknown): Promise<Record<string, unknown>> {
    const settings = parseSettings(protocol, raw);
    // Of one that fetches its events itself nobody calls anything.
    if (!protocol.pulled?.(settings)) await checkDestinationUrl(protocol.endpoint(settings), this.guard);
    return { ...settings };
  }

  private async refuseTooMany(
    manager: EntityManager,
    { organizationId, sharesEndpoint }: DestinationWish,
    { protocol, settings }: { protocol: Protocol; settings: object },
  ): Promise<void> {
    const others = await this.destinations.ofOrganization(organizationId, manager);
    if (others.length >= DESTINATIONS_AT_MOST) {
      throw new ApiError(
        422,
        'too_many_destinations',
        `There are ${DESTINATIONS_AT_MOST} destinations already. Delete one first.`,
      );
    }
    if (sharesEndpoint || protocol.pulled?.(settings)) return;
    refuseSameEndpoint(others, { protocol, settings });
  }
}

function manner(
  protocol: Protocol,
  stored: object,
  change: DeliveryOptions | undefined,
): Record<string, unknown> {
  const delivery = merged(stored, change ?? {});
  if (mannerOf(delivery).batchSize > 1 && !protocol.composeBatch) {
    const message = `batch_size must be 1: ${protocol.name} sends one event at a time`;
    throw invalid([{ field: 'delivery.batch_size', code: 'not_supported', message }]);
  }
  return delivery;
}
