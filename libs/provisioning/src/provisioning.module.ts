import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Clock, Database, Observations } from '@app/runtime';
import { PROVISIONING_HANDLERS } from './handlers.js';
import { SharedTransaction } from './shared-transaction.js';

@Module({})
export class ProvisioningModule {
  /** @param afterCommit called whenever events have been written; must return at once and never throw. */
  static telling(afterCommit: () => void): DynamicModule {
    const transaction = {
      provide: SharedTransaction,
      inject: [Database, Clock, Observations],
      useFactory: (database: Database, clock: Clock, observations: Observations) =>
        new SharedTransaction(database, clock, (appended) => {
          afterCommit();
          observations.debug('events appended', { ...appended });
        }),
    };
    return {
      module: ProvisioningModule,
      imports: [CqrsModule.forRoot()],
      providers: [transaction, ...PROVISIONING_HANDLERS],
      exports: [CqrsModule],
    };
  }
}
