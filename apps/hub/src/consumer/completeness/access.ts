/** Who may ask how everything is, in one place. */
import { UseGuards } from '@nestjs/common';
import { ApiKeyGuard } from '../api-key.guard.js';

/** For routes that read whole directories, and change nothing. */
export const MayReadEverything = (): ClassDecorator & MethodDecorator => UseGuards(ApiKeyGuard);
