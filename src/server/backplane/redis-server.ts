/** Which servers can be used. */

const oldestVersion = [6, 2] as const

interface Asked {
  info(section: string): Promise<string>
}

/** @throws Error with the reason */
export async function refuseUnusable(client: Asked): Promise<void> {
  const [server, replication] = [await client.info('server'), await client.info('replication')]
  const [, version = '0.0'] = /^redis_version:(\S+)/m.exec(server) ?? []
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < oldestVersion[0] || (major === oldestVersion[0] && minor < oldestVersion[1])
  if (isOld) throw new Error(`Redis ${version} is too old: it has to be ${oldestVersion.join('.')} or newer`)
  if (!/^role:master/m.test(replication)) throw new Error('the server is a replica: name the primary')
}

/** For the operator, without a password. */
export function hostAndPort(url: string): string {
  const { hostname, port } = new URL(url)
  return `${hostname || 'localhost'}:${port || 6379}`
}
