import type { AuthOptions } from '@nexo/shared';
import type { RequestContext } from '../context.ts';

/** How one gets in here, for the page on which that is asked. */
export function getOptions(ctx: RequestContext): AuthOptions {
  return { registrationOpen: ctx.settings.registrationOpen };
}
