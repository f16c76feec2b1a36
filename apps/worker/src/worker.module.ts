/** The rooms that run errands, composed. */
import { Module, type DynamicModule } from '@nestjs/common';
import { hostname } from 'node:os';
import {
  AddressGuard,
  AttemptUpkeep,
  Bell,
  ENGINE_LIMITS,
  Errands,
  Holdings,
  HttpSender,
  protocolsByName,
  SettingsShelf,
  TEST_QUEUE,
  TestTickets,
  type Urgency,
} from '@app/delivery';
import { EventLog } from '@app/event-log';
import { REVOCATION_PROTOCOLS } from '@app/revocation';
import { Database, Observations, Queues, RuntimeModule, type Config, type Ground } from '@app/runtime';
import { Destinations, SigningKeys, TenancyModule } from '@app/tenancy';
import { webhook } from '@app/webhooks';
import { ErrandsProcessor } from './errands.processor.js';
import { Sweep } from './sweep.js';
import { TestsProcessor } from './tests.processor.js';
import { WakeProcessor } from './wake.processor.js';
import { Workshop } from './workshop.js';

const MEBIBYTE = 1_024 * 1_024;

export interface WorkerParts {
  ground: Ground;
  config: Config;
  version: string;
  stopping: AbortSignal;
  /** Whose routers and queues are worked here. */
  urgencies: readonly Urgency[];
}

@Module({})
export class WorkerModule {
  static of({ ground, config, version, stopping, urgencies }: WorkerParts): DynamicModule {
    const guard = AddressGuard.of(config);
    return {
      module: WorkerModule,
      imports: [RuntimeModule.on(ground), TenancyModule],
      providers: [
        { provide: HttpSender, useValue: new HttpSender({ guard, version, proxy: config.egressProxy }) },
        {
          provide: Workshop,
          inject: [Database, Destinations, SigningKeys, HttpSender],
          useFactory: async (
            database: Database,
            destinations: Destinations,
            keys: SigningKeys,
            sender: HttpSender,
          ): Promise<Workshop> =>
            new Workshop(
              {
                database,
                destinations,
                log: await EventLog.open(database),
                clock: ground.clock,
                dice: Math.random,
                send: sender.send,
                sign: (claims, typ, options) => keys.sign(claims, typ, options),
                issuer: config.publicUrl,
                protocols: protocolsByName([webhook, ...REVOCATION_PROTOCOLS]),
                settings: new SettingsShelf(),
                observations: ground.observations,
                limits: ENGINE_LIMITS,
                attempts: {
                  kept: config.deliveryAttemptDays > 0,
                  told: config.deliveryLog,
                  worker: config.workerName ?? `${hostname()}:${process.pid}`,
                },
                holdings: new Holdings(config.deliveryMemoryInMebibytes * MEBIBYTE),
                stopping,
              },
              urgencies,
              config.revocationTargetInSeconds,
            ),
        },
        {
          provide: Errands,
          inject: [Queues],
          useFactory: (queues: Queues) => new Errands((name) => queues.queue(name)),
        },
        {
          provide: Bell,
          inject: [Queues, Observations],
          useFactory: (queues: Queues, observations: Observations) =>
            new Bell((name) => queues.queue(name), observations),
        },
        {
          provide: AttemptUpkeep,
          useFactory: () => new AttemptUpkeep(ground, config.deliveryAttemptDays),
        },
        {
          provide: TestTickets,
          inject: [Queues],
          useFactory: (queues: Queues) => new TestTickets(queues.queue(TEST_QUEUE)),
        },
        WakeProcessor,
        ErrandsProcessor,
        TestsProcessor,
        Sweep,
      ],
    };
  }
}
