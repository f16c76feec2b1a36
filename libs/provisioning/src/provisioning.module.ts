import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Clock, Database, Observations } from '@app/runtime';
import { PROVISIONING_HANDLERS } from './handlers.js';
import { RequiredAttributeMissing } from './refusals.js';
import { SharedTransaction } from './shared-transaction.js';

@Module({})
export class ProvisioningModule {
  /** @param afterCommit called whenever events of these types have been written; must return at once and never throw. */
  static telling(afterCommit: (types: string[]) => void): DynamicModule {
    const transaction = {
      provide: SharedTransaction,
      inject: [Database, Clock, Observations],
      useFactory: (database: Database, clock: Clock, observations: Observations) =>
        new SharedTransaction(
          database,
          clock,
          (appended) => {
            const { types, ...counted } = appended;
            afterCommit(types);
            observations.debug('events appended', counted);
          },
          (refusal) => {
            if (refusal instanceof RequiredAttributeMissing) observations.debug('required attribute missing');
          },
        ),
    };
    return {
      module: ProvisioningModule,
      imports: [CqrsModule.forRoot()],
      providers: [transaction, ...PROVISIONING_HANDLERS],
      exports: [CqrsModule],
    };
  }
}
