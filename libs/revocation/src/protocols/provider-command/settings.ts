import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsDefined,
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
  MinLength,
  ValidateBy,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import type { RevocationCause } from '../../causes.js';
import { RelyingPartySettings } from '../../relying-party-settings.js';

/** The account commands that end sessions; every other one says something else about an account. */
const LEAVING_COMMANDS = ['suspend', 'archive', 'delete', 'invalidate'] as const;
type LeavingCommand = (typeof LEAVING_COMMANDS)[number];

/** What takes them back, where something does. */
export const RETURN_COMMANDS: Partial<Record<LeavingCommand, 'reactivate' | 'restore'>> = {
  suspend: 'reactivate',
  archive: 'restore',
};

function IsLeavingCommand(): PropertyDecorator {
  return IsIn(LEAVING_COMMANDS, {
    message: ({ property }: ValidationArguments) =>
      `commands.${property} must be one of ${LEAVING_COMMANDS.join(', ')}`,
  });
}

/** Which command for which cause. */
class CommandsOfCauses implements Record<RevocationCause, LeavingCommand> {
  @IsLeavingCommand()
  deactivated: LeavingCommand = 'suspend';

  @IsLeavingCommand()
  deleted: LeavingCommand = 'delete';

  @IsLeavingCommand()
  access_removed: LeavingCommand = 'suspend';

  @IsLeavingCommand()
  credential_changed: LeavingCommand = 'invalidate';
}

const RETURN_MESSAGE =
  'tells_return needs deactivated among causes, and commands.deactivated to be suspend or archive: nothing else can be taken back';
const TENANT_MESSAGE = 'tenant must be a text of 1 to 255 characters, as the application knows the tenant';
const AUDIENCE_MESSAGE =
  'audience must be a text of 1 to 2048 characters: the aud that the application expects';

export class ProviderCommandSettings extends RelyingPartySettings {
  @IsDefined({ message: 'commands must be an object' })
  @ValidateNested({ message: 'commands must be an object' })
  @Type(() => CommandsOfCauses)
  commands: CommandsOfCauses = new CommandsOfCauses();

  /** `tenant` of the token; the organization's id unless given. */
  @IsOptional()
  @IsString({ message: TENANT_MESSAGE })
  @MinLength(1, { message: TENANT_MESSAGE })
  @MaxLength(255, { message: TENANT_MESSAGE })
  tenant?: string;

  /** `aud` of the token; the endpoint's URL unless given (applications of draft 00 expect their client id). */
  @IsOptional()
  @IsString({ message: AUDIENCE_MESSAGE })
  @MinLength(1, { message: AUDIENCE_MESSAGE })
  @MaxLength(2_048, { message: AUDIENCE_MESSAGE })
  audience?: string;

  /** Whether the application also hears that a person is active again. */
  @IsBoolean({ message: 'tells_return must be true or false' })
  @ValidateBy({
    name: 'canBeTakenBack',
    validator: {
      validate: (value: unknown, args) =>
        value !== true || canTellReturn(args!.object as ProviderCommandSettings),
      defaultMessage: () => RETURN_MESSAGE,
    },
  })
  tells_return = false;
}

function canTellReturn({ causes, commands }: Partial<ProviderCommandSettings>): boolean {
  const command = commands?.deactivated;
  return (
    Array.isArray(causes) &&
    causes.includes('deactivated') &&
    command !== undefined &&
    RETURN_COMMANDS[command] !== undefined
  );
}
