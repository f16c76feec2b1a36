/** So many at a time, and no queue: who waits would only keep a connection open. */
import { ApiError } from '../api-error.js';

/** A caller who is refused comes back when some have probably ended. */
const RETRY_AFTER_IN_SECONDS = 5;

export class Places {
  private taken = 0;

  /** @param doing what the hub is at, in the plural. */
  constructor(
    private readonly most: number,
    private readonly doing: string,
  ) {}

  /** @returns what gives the place back; more than once does no harm. @throws ApiError 503 */
  enter(): () => void {
    if (this.taken >= this.most) {
      const message = `This hub is at ${this.most} ${this.doing} already. Send the same request again in some seconds.`;
      throw new ApiError(503, 'too_many_at_once', message, undefined, {
        retryAfterInSeconds: RETRY_AFTER_IN_SECONDS,
      });
    }
    this.taken += 1;
    let left = false;
    return () => {
      if (!left) this.taken -= 1;
      left = true;
    };
  }
}
