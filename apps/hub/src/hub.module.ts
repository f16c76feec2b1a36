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
import {
  COMPLETENESS_CONTROLLERS,
  COMPLETENESS_PROVIDERS,
  CompletenessSettings,
} from './consumer/completeness/index.js';
import { DirectoriesController } from './consumer/directories.controller.js';
import { DirectoryGroupsController } from './consumer/directory-groups.controller.js';
import { DirectoryUsersController } from './consumer/directory-users.controller.js';
import { EventsController } from './consumer/events.controller.js';
import { KnownCounts } from './consumer/known-counts.js';
import { DirectoryDomains } from './consumer/directory-domains.js';
import { DeliveryAttemptsController } from './admin/delivery-attempts.controller.js';
import { DestinationTestsController } from './admin/destination-tests.controller.js';
import { DestinationSecretsController } from './admin/destination-secrets.controller.js';
import { WebhookKeysController } from './admin/webhook-keys.controller.js';
import { DestinationsController } from './admin/destinations.controller.js';
import { DirectoryTokensController } from './admin/directory-tokens.controller.js';
import { OAuthClientsController } from './admin/oauth-clients.controller.js';
import { ParkedDeliveriesController } from './admin/parked-deliveries.controller.js';
import { ReplaysController } from './admin/replays.controller.js';
import { RevocationsController } from './admin/revocations/revocations.controller.js';
import { RewindController } from './admin/rewind.controller.js';
import { ScimRequestsController } from './admin/scim-requests.controller.js';
import { SchemaExtensionsController } from './admin/schema-extensions.controller.js';
import { SigningKeysController } from './admin/signing-keys.controller.js';
import { WebhookEndpointsController } from './consumer/webhook-endpoints.controller.js';
import { DestinationFilters } from './destination-filters.js';
import { DestinationSetUp } from './destination-set-up.js';
import { DestinationStandings } from './destination-standing.js';
import { DirectorySetUp } from './directory-set-up.js';
import { Routes } from './http/routes.js';
import { HealthController } from './health.controller.js';
import { HubSettings } from './hub-settings.js';
import { HISTORY_CONTROLLERS, HISTORY_PROVIDERS } from './history/index.js';
import { JwksController } from './jwks.controller.js';
import { FEED_CONTROLLERS, FEED_PROVIDERS } from './feed/feed-parts.js';
import { FeedSettings } from './feed/feed-settings.js';
import { LogMoved } from './log-moved.js';
import { MAPPING_CONTROLLERS, MAPPING_PROVIDERS } from './mapping/index.js';
import { ApiDescription, OpenApiController } from './openapi/openapi.controller.js';
import { ClientAuthentication } from './oauth/client-authentication.js';
import { ClientManagement } from './oauth/client-management.js';
import { TokenIssue } from './oauth/token-issue.js';
import { OAuthMetadataController } from './oauth/metadata.controller.js';
import { TokenController } from './oauth/token.controller.js';
import { ORGANIZATION_CONTROLLERS, ORGANIZATION_PROVIDERS } from './organizations/in-hub.js';
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
import { JustInTime } from './sign-in/just-in-time.js';
import { SignInChecksController } from './sign-in/sign-in-checks.controller.js';
import { SignIns } from './sign-in/sign-ins.js';
import { SsfConfigurationController } from './ssf/configuration.controller.js';
import { LogWatch } from './ssf/log-watch.js';
import { PollController } from './ssf/poll.controller.js';
import { Polling } from './ssf/polling.js';
import { Operators } from './ssf/operators.js';
import { ReceiverPace } from './ssf/receiver-pace.js';
import { ReceiverGuard } from './ssf/receiver.guard.js';
import { RemovedSubjects } from './ssf/removed-subjects.js';
import { SubjectsController } from './ssf/subjects.controller.js';
import { VerificationController } from './ssf/verification.controller.js';
import { Verifications } from './ssf/verifications.js';
import { SsfClientsController } from './ssf/ssf-clients.controller.js';
import { StreamController } from './ssf/stream.controller.js';
import { StreamStatusController } from './ssf/stream-status.controller.js';
import { Streams } from './ssf/streams.js';
import { UsersV1Controller } from './scim-v1/users-v1.controller.js';

export interface HubParts {
  ground: Ground;
  settings: HubSettings;
  access: AccessSettings;
  feed: FeedSettings;
  completeness: CompletenessSettings;
  limits: RateLimits;
  logMoved: LogMoved;
  guard: AddressGuard;
  routes: Routes;
  requestLog: RequestLog;
}

@Module({})
export class HubModule {
  static of(parts: HubParts): DynamicModule {
    const { ground, settings, access, feed, completeness, limits, logMoved, guard, routes, requestLog } =
      parts;
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
        ...ORGANIZATION_CONTROLLERS,
        ...FEED_CONTROLLERS,
        DirectoriesController,
        ...COMPLETENESS_CONTROLLERS,
        DirectoryUsersController,
        DirectoryGroupsController,
        SignInChecksController,
        WebhookEndpointsController,
        DestinationsController,
        DeliveryAttemptsController,
        ParkedDeliveriesController,
        ReplaysController,
        RevocationsController,
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
        OpenApiController,
        JwksController,
        SigningKeysController,
        ScimRequestsController,
        SsfClientsController,
        SsfConfigurationController,
        StreamController,
        StreamStatusController,
        PollController,
        SubjectsController,
        VerificationController,
        ...HISTORY_CONTROLLERS,
        ...MAPPING_CONTROLLERS,
      ],
      providers: [
        { provide: HubSettings, useValue: settings },
        { provide: AccessSettings, useValue: access },
        { provide: FeedSettings, useValue: feed },
        { provide: CompletenessSettings, useValue: completeness },
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
        ...ORGANIZATION_PROVIDERS,
        LastUses,
        ExpiredTokens,
        Admission,
        ClientAuthentication,
        ClientManagement,
        TokenIssue,
        ReceiverGuard,
        Operators,
        ReceiverPace,
        Streams,
        Polling,
        RemovedSubjects,
        Verifications,
        LogWatch,
        ...FEED_PROVIDERS,
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
        KnownCounts,
        DirectoryDomains,
        ApiDescription,
        JustInTime,
        SignIns,
        DestinationFilters,
        DestinationSetUp,
        DestinationStandings,
        Replays,
        ...COMPLETENESS_PROVIDERS,
        Purge,
        ...HISTORY_PROVIDERS,
        ...MAPPING_PROVIDERS,
      ],
    };
  }
}
