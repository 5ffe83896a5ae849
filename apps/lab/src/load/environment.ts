import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Sql } from '@nexo/db';

export interface Environment {
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  postgres: string;
  redis: string;
  /** Of Postgres, that differ from a fresh one or matter. */
  settings: string;
  commit: string;
  fileSystem: string;
  /** The promises that the database made during the run. */
  durability: { fsync: string; synchronous_commit: string; full_page_writes: string; wal_sync_method: string };
  /** Writing 8 KB and waiting until the disk has it, in microseconds. */
  fsync: { p50Us: number; p99Us: number };
  tls: false;
  compression: false;
}

/** Describes the machine and measures its disk at `dataDir`, which must be where Postgres writes. */
export async function readEnvironment(sql: Sql, dataDir: string): Promise<Environment> {
  const processors = cpus();
  const settings = await sql<{ name: string; setting: string }[]>`
    select name, current_setting(name) as setting from pg_settings
    where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'server_version', 'shared_buffers',
      'max_wal_size', 'max_connections', 'wal_compression', 'jit')`;
  const setting = (name: string) => settings.find((row) => row.name === name)?.setting ?? 'unknown';
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    postgres: setting('server_version'),
    redis: output('redis-server', ['--version']).replace(/^(\S+ \S+ v=\S+).*/, '$1'),
    settings: ['shared_buffers', 'max_wal_size', 'max_connections', 'wal_compression', 'jit']
      .map((name) => `${name} ${setting(name)}`)
      .join(', '),
    commit: output('git', ['describe', '--always', '--dirty', '--abbrev=10']),
    fileSystem: output('stat', ['--file-system', '--format=%T', dataDir]),
    durability: {
      fsync: setting('fsync'),
      synchronous_commit: setting('synchronous_commit'),
      full_page_writes: setting('full_page_writes'),
      wal_sync_method: setting('wal_sync_method'),
    },
    fsync: measureFsync(dataDir),
    tls: false,
    compression: false,
  };
}

/** What `pg_test_fsync` measures: a page written in place, then fdatasync. */
function measureFsync(folder: string): { p50Us: number; p99Us: number } {
  const path = join(folder, 'fsync-test');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(8192, 1);
  const samples: number[] = [];
  try {
    for (let i = 0; i < 300; i++) {
      const from = performance.now();
      writeSync(file, page, 0, page.length, 0);
      fdatasyncSync(file);
      samples.push((performance.now() - from) * 1000);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  samples.sort((a, b) => a - b);
  return { p50Us: Math.round(samples[150] ?? 0), p99Us: Math.round(samples[296] ?? 0) };
}

function output(program: string, args: string[]): string {
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return stdout?.trim() || 'unknown';
}
