import type { Workload } from './workload.ts';
import { baselines } from './workloads/baselines.ts';
import { disk } from './workloads/disk.ts';
import { missedMessages } from './workloads/missed-messages.ts';
import { sendMax } from './workloads/w01-send-max.ts';
import { sendFixed } from './workloads/w02-send-fixed.ts';
import { group } from './workloads/w05-group.ts';
import { hotGroup } from './workloads/w07-hot-group.ts';
import { idle } from './workloads/w08-idle.ts';
import { personalAndGroup } from './workloads/w10-personal-and-group.ts';
import { coldSync } from './workloads/w11-cold-sync.ts';
import { storm } from './workloads/w12-storm.ts';
import { history } from './workloads/w13-history.ts';
import { hotHistory } from './workloads/w14-hot-history.ts';
import { readMarks } from './workloads/w15-read-marks.ts';
import { slowConsumers } from './workloads/w17-slow-consumers.ts';
import { redisDown } from './workloads/w18-redis-down.ts';
import { deploy } from './workloads/w19-deploy.ts';
import { largeGroup } from './workloads/w24-large-group.ts';

/** All of them, in the order in which they are run. */
export const workloads: readonly Workload[] = [
  sendMax,
  sendFixed,
  group,
  hotGroup,
  idle,
  personalAndGroup,
  coldSync,
  storm,
  history,
  hotHistory,
  readMarks,
  slowConsumers,
  redisDown,
  deploy,
  largeGroup,
  missedMessages,
  disk,
  baselines,
];
