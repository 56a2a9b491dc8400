/** Request targets that climb out of `/static/`, in every spelling that a server has been known to fall for. */

const parents = [
  '..',
  '%2e%2e',
  '%2E%2E',
  '.%2e',
  '%2e.',
  '%252e%252e',
  '%c0%ae%c0%ae',
  '%e0%80%ae%e0%80%ae',
  '..%00',
  '..;',
]
const slashes = ['/', '%2f', '%2F', '\\', '%5c', '%252f', '%c0%af', '//', '/./', '/%2e/', '/\\']
const starts = ['/static/', '/static/css/', '/static/./', '/static//', '/static/css%2f']

/** Each leads to `secret`, a file beside the static folder, given by its absolute path, if its spelling is believed. */
export function traversals(secret: string): string[] {
  const name = secret.slice(secret.lastIndexOf('/') + 1)
  return [...climbs(name), ...climbsToTheTop(secret), ...absolute(secret)]
}

/** Ways to say `../name` and `../../name`, which stand anywhere in a path. */
export function waysUp(name: string): string[] {
  return parents.flatMap((parent) =>
    slashes.flatMap((slash) => [1, 2].map((depth) => (parent + slash).repeat(depth) + name)),
  )
}

function climbs(name: string): string[] {
  return starts.flatMap((start) => waysUp(name).map((way) => start + way))
}

function climbsToTheTop(secret: string): string[] {
  return parents.flatMap((parent) =>
    slashes.map((slash) => `/static/${(parent + slash).repeat(12)}${secret.slice(1).replaceAll('/', slash)}`),
  )
}

function absolute(secret: string): string[] {
  const spellings = slashes.map((slash) => secret.replaceAll('/', slash))
  return spellings.flatMap((path) => [`/static/${path}`, `/static${path}`, `/static/file:${path}`, `/static/C:${path}`])
}
