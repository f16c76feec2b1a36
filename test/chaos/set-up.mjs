/** Before the chaos suite: the programs that it will torment are built. Everything else it brings itself. */
import { ensureBuilt } from '../../apps/cli/launcher/build.mjs';

export default () => ensureBuilt({ quiet: true });
