/**
 * Settings for every connection that verbs and reads run on. Our statements look rows up by key, so one plan is good for all values.
 * Left to itself Postgres plans the larger ones anew each time, which over sixteen partitions of messages costs tens of times what
 * running them does. And a plan that scans or hashes a whole table, made while it was young or because a few people have most of it,
 * would be kept for everybody.
 */
export const planSettings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};
