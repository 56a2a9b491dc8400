import { urlOf } from './url.ts'

/** Where to go next, as a link or a form asks for it. Nobody is led to another site by it: what is no path of ours is `/`. */
export function localPath(asked: unknown): string {
  const url = typeof asked === 'string' ? urlOf(asked, 'http://ours') : undefined
  if (url?.origin !== 'http://ours') return '/'
  const path = url.pathname + url.search + url.hash
  // `/.//evil.example` is a path of ours, and the path that it stands for names another host.
  return path.startsWith('//') ? '/' : path
}
