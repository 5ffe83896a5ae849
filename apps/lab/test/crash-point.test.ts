import { describe, expect, it } from 'vitest';
import { type CrashPoint, makeCrashPoints } from '../src/faults/crash-point.ts';
import { postgresFrames } from '../src/faults/postgres-frames.ts';

function startup(name: string): Buffer {
  const body = Buffer.from(`\0\x03\0\0user\0nexo\0application_name\0${name}\0\0`, 'latin1');
  const head = Buffer.alloc(4);
  head.writeInt32BE(body.length + 4);
  return Buffer.concat([head, body]);
}

function frame(type: string, text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** A lane that has begun, and says the last of a batch. */
function play(point: CrashPoint, name = 'nexo-lane') {
  const points = makeCrashPoints();
  const tap = points.tap();
  tap('toTarget', startup(name));
  const happened: string[] = [];
  void points.arm(point, () => happened.push('about to commit')).then(() => happened.push('reached'));
  const insert = frame('Q', 'insert into messages');
  const said = tap('toTarget', Buffer.concat([insert, frame('Q', 'commit')]));
  return { tap, happened, insert, said };
}

const committed = Buffer.concat([frame('C', 'INSERT 0 1'), frame('C', 'COMMIT')]);
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a crash point', () => {
  it('before the commit: everything but the commit goes on, and nothing more after it', async () => {
    const { happened, insert, said } = play('before-commit');
    expect(said).toEqual({ pass: insert, holdRest: true });
    await settled();
    expect(happened).toEqual(['about to commit', 'reached']);
  });

  it('before the publishing: the commit goes on, and of its answer nothing comes back', async () => {
    const { tap, happened, said } = play('before-publish');
    expect(said.holdRest).toBe(false);
    await settled();
    expect(happened).toEqual(['about to commit']);
    expect(tap('toSource', committed)).toEqual({ pass: Buffer.alloc(0), holdRest: true });
    await settled();
    expect(happened).toEqual(['about to commit', 'reached']);
  });

  it('before the acknowledgement: the answer comes, and clients are cut off before the commit moves on', async () => {
    const { tap, happened, said } = play('before-ack');
    expect(said.holdRest).toBe(false);
    expect(happened).toEqual(['about to commit']);
    expect(tap('toSource', committed)).toEqual({ pass: committed, holdRest: false });
    await settled();
    expect(happened).toEqual(['about to commit', 'reached']);
  });

  it('a batch that is refused in one statement and written in a transaction is the one that is waited for', async () => {
    const points = makeCrashPoints();
    const tap = points.tap();
    tap('toTarget', startup('nexo-lane'));
    const happened: string[] = [];
    void points.arm('before-publish', () => happened.push('about to commit')).then(() => happened.push('reached'));
    tap('toTarget', Buffer.concat([frame('P', 'batch\0with unchanged as'), frame('B', '\0batch')]));
    const refusal = frame('E', 'SERROR\0C23502\0');
    expect(tap('toSource', refusal)).toEqual({ pass: refusal, holdRest: false });
    tap('toTarget', Buffer.concat([frame('Q', 'begin'), frame('Q', 'commit')]));
    expect(tap('toSource', committed)).toEqual({ pass: Buffer.alloc(0), holdRest: true });
    await settled();
    expect(happened).toEqual(['about to commit', 'about to commit', 'reached']);
  });

  it('what is not wanted any more hides nothing', () => {
    const points = makeCrashPoints();
    const tap = points.tap();
    tap('toTarget', startup('nexo-lane'));
    void points.arm('before-publish', () => undefined);
    tap('toTarget', frame('Q', 'commit'));
    points.disarm();
    expect(tap('toSource', committed)).toEqual({ pass: committed, holdRest: false });
  });

  it('waits for a lane: the commit of another connection is none', async () => {
    const { happened, said } = play('before-commit', 'nexo');
    expect(said.holdRest).toBe(false);
    await settled();
    expect(happened).toEqual([]);
  });

  it('finds messages however they are cut into pieces', () => {
    const bytes = Buffer.concat([startup('nexo-lane'), frame('Q', 'begin'), frame('Q', 'commit')]);
    for (let cut = 1; cut < bytes.length; cut++) {
      const frames = postgresFrames(true);
      const found = [...frames.take(bytes.subarray(0, cut)), ...frames.take(bytes.subarray(cut))];
      expect(found.map(({ type, body }) => [type, body.toString('latin1', 0, 5)]).slice(1)).toEqual([
        ['Q', 'begin'],
        ['Q', 'commi'],
      ]);
    }
  });
});
