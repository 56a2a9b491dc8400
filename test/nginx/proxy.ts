/** A real Nginx in front of something, with the project's own configuration. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from '../support/run/free-ports.ts'
import { nginx } from '../support/run/tools.ts'
import type { Cleanup } from '../support/server/server.ts'

export const confPath = join(import.meta.dirname, '../../nginx/teahouse.conf')

export interface ProxySettings {
  /** Where the app listens, or each of its nodes. */
  app: number | number[]
  static?: string
  /** Further changes to the configuration, each from something that must be in it. */
  changes?: [from: string, to: string][]
  tls?: { certificate: string; key: string }
  /** A file for what is otherwise not written down: every request, and what goes wrong. */
  log?: string
}

export interface Proxy {
  port: number
  /** Where it speaks TLS, if it does. */
  tlsPort: number
}

export async function startProxy(t: Cleanup, settings: ProxySettings): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), 'teahouse-nginx-'))
  t.onTestFinished(() => rm(folder, { recursive: true }))
  await symlink(join(configurationFolder(), 'mime.types'), join(folder, 'mime.types'))
  await writeFile(join(folder, 'nginx.conf'), mainConfiguration(folder, settings))
  const proxy = { port: await freePort(), tlsPort: await freePort() }
  await writeFile(join(folder, 'teahouse.conf'), await teahouseConfiguration(settings, proxy))
  checkConfiguration(folder)
  await begin(t, folder)
  return proxy
}

/** @param change gets the path of a copy of the project's file @returns what it made of it, which Nginx takes */
export function checkedConfiguration(t: Cleanup, change: (path: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'teahouse-nginx-'))
  t.onTestFinished(() => rmSync(folder, { recursive: true }))
  symlinkSync(join(configurationFolder(), 'mime.types'), join(folder, 'mime.types'))
  writeFileSync(join(folder, 'nginx.conf'), mainConfiguration(folder, {}))
  const path = join(folder, 'teahouse.conf')
  copyFileSync(confPath, path)
  change(path)
  checkConfiguration(folder)
  return readFileSync(path, 'utf8')
}

/** The project's file, changed where an operator changes it. */
async function teahouseConfiguration(settings: ProxySettings, { port, tlsPort }: Proxy): Promise<string> {
  const conf = await readFile(confPath, 'utf8')
  const changes: [string, string][] = [
    ['server 127.0.0.1:3000;', serversAt(settings.app)],
    ['listen 80;', `listen 127.0.0.1:${port};`],
    ['listen [::]:80;', ''],
    ['access_log /var/log/nginx/access.log', `access_log ${settings.log ?? '/dev/null'}`],
    ['alias /srv/teahouse/static/;', `alias ${settings.static ?? '/nonexistent'}/;`],
    ...(settings.changes ?? []),
    ...(settings.tls ? tlsChanges(settings.tls, tlsPort) : []),
  ]
  return changes.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `the configuration has no "${from}"`)
    return text.replaceAll(from, to)
  }, conf)
}

/** Several as docs/scale.md has them. */
function serversAt(app: number | number[]): string {
  if (typeof app === 'number') return `server 127.0.0.1:${app};`
  return app.map((port) => `server 127.0.0.1:${port} max_fails=3 fail_timeout=2s;`).join(' ')
}

function tlsChanges(tls: { certificate: string; key: string }, port: number): [string, string][] {
  return [
    ['#tls ', ''],
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['listen [::]:443 ssl http2;', ''],
    ['/etc/letsencrypt/live/chat.example.org/fullchain.pem', tls.certificate],
    ['/etc/letsencrypt/live/chat.example.org/privkey.pem', tls.key],
  ]
}

/** Nothing outside its folder: no log, no pid, no temporary file of the machine's own Nginx. */
function mainConfiguration(folder: string, { log }: Pick<ProxySettings, 'log'>): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
    ${process.getuid?.() === 0 ? 'user root; # the temporary folders are for this user only' : ''}
    daemon off;
    worker_processes 1;
    worker_shutdown_timeout 1s;
    pid ${folder}/nginx.pid;
    error_log stderr notice;
    ${log ? `error_log ${log} notice;` : ''}
    events { worker_connections 512; }
    http {
      access_log ${log ?? 'off'};
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
      include ${folder}/teahouse.conf;
    }
  `
}

/** Beside the nginx.conf that this Nginx was built for. */
function configurationFolder(): string {
  const { stderr } = spawnSync(nginx(), ['-V'], { encoding: 'utf8' })
  return dirname(/--conf-path=(\S+)/.exec(stderr)?.[1] ?? '/etc/nginx/nginx.conf')
}

function optionsFor(folder: string): string[] {
  return ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')]
}

function checkConfiguration(folder: string): void {
  const { status, stderr } = spawnSync(nginx(), ['-t', ...optionsFor(folder)], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

async function begin(t: Cleanup, folder: string): Promise<void> {
  const child = spawn(nginx(), optionsFor(folder), { stdio: ['ignore', 'ignore', 'pipe'] })
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text
    if (log.includes('start worker process ')) resolve()
  })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(log)))
  ended.catch(() => {}) // it is awaited below, unless it ends after it was ready, as it should
  await Promise.race([ready, ended])
  t.onTestFinished(() => end(child))
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
