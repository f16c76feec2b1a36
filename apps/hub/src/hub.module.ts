/** The rooms that answer HTTP, composed. Guards, filters and pipes that hold for every route are listed in main.ts. */
import { Module, type DynamicModule } from '@nestjs/common';
import { AddressGuard, Errands, TEST_QUEUE, TestTickets } from '@app/delivery';
import { EventLog } from '@app/event-log';
import { SharedReads } from '@app/projections';
import { ProvisioningModule } from '@app/provisioning';
import { RequestLog } from '@app/request-log';
import { Database, RateLimits, RuntimeModule, type Ground } from '@app/runtime';
import { TenancyModule } from '@app/tenancy';
import { AccessSettings } from './access/access-settings.js';
import { Admission } from './access/admission.js';
import { ExpiredTokens } from './access/expired-tokens.js';
import { KnownTokens } from './access/known-tokens.js';
import { LastUses } from './access/last-uses.js';
import { ApiKeyGuard } from './consumer/api-key.guard.js';
import { DirectoriesController } from './consumer/directories.controller.js';
import { EventsController } from './consumer/events.controller.js';
import { OrganizationsController } from './consumer/organizations.controller.js';
import { DeliveryAttemptsController } from './admin/delivery-attempts.controller.js';
import { DestinationTestsController } from './admin/destination-tests.controller.js';
import { DestinationSecretsController } from './admin/destination-secrets.controller.js';
import { WebhookKeysController } from './admin/webhook-keys.controller.js';
import { DestinationsController } from './admin/destinations.controller.js';
import { DirectoryTokensController } from './admin/directory-tokens.controller.js';
import { OAuthClientsController } from './admin/oauth-clients.controller.js';
import { ParkedDeliveriesController } from './admin/parked-deliveries.controller.js';
import { ReplaysController } from './admin/replays.controller.js';
import { RewindController } from './admin/rewind.controller.js';
import { ScimRequestsController } from './admin/scim-requests.controller.js';
import { SchemaExtensionsController } from './admin/schema-extensions.controller.js';
import { WebhookEndpointsController } from './consumer/webhook-endpoints.controller.js';
import { DestinationFilters } from './destination-filters.js';
import { DestinationSetUp } from './destination-set-up.js';
import { DestinationStandings } from './destination-standing.js';
import { DirectorySetUp } from './directory-set-up.js';
import { Routes } from './http/routes.js';
import { HealthController } from './health.controller.js';
import { HubSettings } from './hub-settings.js';
import { JwksController } from './jwks.controller.js';
import { LogMoved } from './log-moved.js';
import { ClientAuthentication } from './oauth/client-authentication.js';
import { OAuthMetadataController } from './oauth/metadata.controller.js';
import { TokenController } from './oauth/token.controller.js';
import { Purge } from './purge.js';
import { Replays } from './replays.js';
import { BulkAnswers } from './scim/bulk-answers.js';
import { BulkController } from './scim/bulk.controller.js';
import { DirectoryTokenGuard } from './scim/directory-token.guard.js';
import { Cursors } from './scim/cursors.js';
import { DiscoveryController } from './scim/discovery.controller.js';
import { ElsewhereController } from './scim/elsewhere.controller.js';
import { Everything } from './scim/everything.js';
import { GroupsController } from './scim/groups.controller.js';
import { GroupAnswers } from './scim/group-answers.js';
import { Pages } from './scim/pages.js';
import { RequestRecorder } from './scim/request-recorder.js';
import { ScimRequests } from './scim/scim-request.js';
import { SearchController } from './scim/search.controller.js';
import { UserAnswers } from './scim/user-answers.js';
import { UsersController } from './scim/users.controller.js';
import { DiscoveryV1Controller } from './scim-v1/discovery-v1.controller.js';
import { GroupsV1Controller } from './scim-v1/groups-v1.controller.js';
import { ScimV1Requests } from './scim-v1/scim-v1-request.js';
import { UsersV1Controller } from './scim-v1/users-v1.controller.js';

export interface HubParts {
  ground: Ground;
  settings: HubSettings;
  access: AccessSettings;
  limits: RateLimits;
  logMoved: LogMoved;
  guard: AddressGuard;
  routes: Routes;
  requestLog: RequestLog;
}

@Module({})
export class HubModule {
  static of(parts: HubParts): DynamicModule {
    const { ground, settings, access, limits, logMoved, guard, routes, requestLog } = parts;
    return {
      module: HubModule,
      imports: [RuntimeModule.on(ground), TenancyModule, ProvisioningModule.telling(logMoved.tell)],
      controllers: [
        UsersController,
        GroupsController,
        SearchController,
        BulkController,
        DiscoveryController,
        ElsewhereController,
        UsersV1Controller,
        GroupsV1Controller,
        DiscoveryV1Controller,
        EventsController,
        OrganizationsController,
        DirectoriesController,
        WebhookEndpointsController,
        DestinationsController,
        DeliveryAttemptsController,
        ParkedDeliveriesController,
        ReplaysController,
        RewindController,
        DestinationTestsController,
        DestinationSecretsController,
        WebhookKeysController,
        DirectoryTokensController,
        OAuthClientsController,
        TokenController,
        OAuthMetadataController,
        SchemaExtensionsController,
        HealthController,
        JwksController,
        ScimRequestsController,
      ],
      providers: [
        { provide: HubSettings, useValue: settings },
        { provide: AccessSettings, useValue: access },
        { provide: RateLimits, useValue: limits },
        { provide: LogMoved, useValue: logMoved },
        { provide: AddressGuard, useValue: guard },
        { provide: Routes, useValue: routes },
        { provide: RequestLog, useValue: requestLog },
        {
          provide: Errands,
          useFactory: () => new Errands((name) => ground.queues.queue(name)),
        },
        { provide: TestTickets, useFactory: () => new TestTickets(ground.queues.queue(TEST_QUEUE)) },
        {
          provide: EventLog,
          inject: [Database],
          useFactory: (database: Database) => EventLog.open(database),
        },
        {
          provide: SharedReads,
          inject: [Database],
          useFactory: (database: Database) => new SharedReads(database),
        },
        KnownTokens,
        LastUses,
        ExpiredTokens,
        Admission,
        ClientAuthentication,
        DirectoryTokenGuard,
        ApiKeyGuard,
        ScimRequests,
        Cursors,
        Pages,
        Everything,
        RequestRecorder,
        UserAnswers,
        GroupAnswers,
        BulkAnswers,
        ScimV1Requests,
        DirectorySetUp,
        DestinationFilters,
        DestinationSetUp,
        DestinationStandings,
        Replays,
        Purge,
      ],
    };
  }
}
