/** What a figure has to reach on two cores that everything shares, generator included. */
export interface Target {
  floor: number;
  goal: number;
  better: 'higher' | 'lower';
}

const atLeast = (floor: number, goal: number): Target => ({ floor, goal, better: 'higher' });
const atMost = (floor: number, goal: number): Target => ({ floor, goal, better: 'lower' });

/** By workload and figure. */
export const targets: Record<string, Target> = {
  'W-01 closed-16': atLeast(10_000, 25_000),
  'W-01 open-16': atLeast(10_000, 25_000),
  'W-01 closed-1': atLeast(6_000, 15_000),
  'W-01 open-1': atLeast(6_000, 15_000),
  'W-01 ratio-16': atLeast(15, 35),
  'W-01 ratio-1': atLeast(15, 35),
  'W-01 ack-p99-half': atMost(50, 15),
  'W-01 delivery-p99-half': atMost(100, 25),
  'W-02 delivery-p50-200': atMost(1.5, 1),
  'W-02 delivery-p99-200': atMost(6, 4),
  'W-05 closed': atLeast(130_000, 400_000),
  'W-05 open': atLeast(130_000, 400_000),
  'W-08 memory': atMost(16, 10),
  'W-11 resume': atMost(100, 30),
  'W-12 caught-up-2000': atMost(5, 2.5),
  'W-12 caught-up-10000': atMost(15, 7.5),
  'W-13 page-p99': atMost(10, 5),
  'W-24 page-p99-10000': atMost(50, 15),
  'W-24 send-ack-p99-10000': atMost(50, 25),
  'W-24 send-last-p99-10000': atMost(100, 50),
  'W-24 all-ack-p99-10000': atMost(50, 25),
  'W-24 role-p99-10000': atMost(50, 25),
  'W-24 read-p99-10000': atMost(50, 25),
  'missed p50': atMost(30, 15),
  'disk all': atMost(450, 350),
};

/** How a value stands to its target. */
export function standing(value: number, { floor, goal, better }: Target): 'goal' | 'floor' | 'missed' {
  const reaches = (bound: number) => (better === 'higher' ? value >= bound : value <= bound);
  if (reaches(goal)) return 'goal';
  return reaches(floor) ? 'floor' : 'missed';
}
