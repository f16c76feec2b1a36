/** What every program stands on, made once at its start and handed to Nest as values. */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Clock } from './clock.js';
import { Database } from './database.js';
import { Observations } from './observations.js';
import { Queues } from './queues.js';
import { Sealing } from './sealing.js';

export interface Ground {
  database: Database;
  queues: Queues;
  sealing: Sealing;
  observations: Observations;
  clock: Clock;
}

@Global()
@Module({})
export class RuntimeModule {
  static on(ground: Ground): DynamicModule {
    const values = [
      { provide: Database, useValue: ground.database },
      { provide: Queues, useValue: ground.queues },
      { provide: Sealing, useValue: ground.sealing },
      { provide: Observations, useValue: ground.observations },
      { provide: Clock, useValue: ground.clock },
    ];
    return { module: RuntimeModule, providers: values, exports: values.map(({ provide }) => provide) };
  }
}
