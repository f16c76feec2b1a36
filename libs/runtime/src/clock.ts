import { Injectable } from '@nestjs/common';

/** The time of day, injected so that a test can say what time it is. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}
