/** Builds what reaches users outside of an open page. */
import { Language, type LanguageCode } from '../../shared/language.ts'
import { en } from '../../shared/locales/en/index.ts'
import { zh } from '../../shared/locales/zh/index.ts'
import type { ServerSettings } from '../../shared/server-settings.ts'
import type { Notify } from '../commands/notify.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { createPost } from '../outgoing/post.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import type { Store } from '../store/store.ts'
import { createMails } from './mails.ts'
import { type Digest, Messenger } from './messenger.ts'
import { mailPasswordLinks } from './password-links.ts'
import { isBrowserKey, newVapidKeys, Push } from './push.ts'
import { PushHosts } from './push-hosts.ts'

interface Needs {
  store: Pick<Store, 'notifications' | 'invitations' | 'epoch'>
  limiter: Pick<Limiter, 'passwordMail' | 'passwordMailTo'>
  settings: { readonly now: Pick<ServerSettings, 'name'> }
  config: Pick<Config, 'publicOrigin' | 'pushHosts' | 'smtpUrl' | 'mailFrom'>
  log: Log
}

export async function createNotify({ store, limiter, settings, config, log }: Needs) {
  const keys = await store.notifications.vapidKeys(newVapidKeys())
  const hosts = new PushHosts(config.pushHosts)
  const subject = subjectOf(config.publicOrigin)
  const push = new Push({ post: createPost(hosts.addresses), keys, subject: subject ?? '', log })
  const languages = { en: new Language('en', en), zh: new Language('zh', zh) }
  const languageOf = (code: LanguageCode) => languages[code]
  const mails = await createMails({ config, languageOf, settings, log })
  const digest = mails && ((digest: Digest) => mails.digest(digest))
  const messenger = new Messenger({ push, mail: digest, languageOf, epoch: store.epoch, settings })
  const notify: Notify = {
    pushKey: keys.publicKey,
    canPush: subject !== undefined,
    canMail: mails !== undefined,
    subscriptionFault(endpoint, p256dh) {
      if (!hosts.isKnown(endpoint)) return { field: 'endpoint', message: 'must be of a known push service' }
      if (!isBrowserKey(p256dh)) return { field: 'keys', message: 'must have a key of the curve P-256' }
      return undefined
    },
    testPush: (userId, target) => messenger.test(userId, target, new AbortController().signal),
    mailLink: async (to) => (await mails?.verification(to)) ?? 'later',
    mailChange(what, to) {
      mails?.change(what, to).catch((err) => log.event('task-failed', { reason: 'account-mail', err }))
    },
    mailPasswordLinks(address, network) {
      const waitMs = limiter.passwordMail(network)
      if (waitMs || !mails) return waitMs
      const failed = (err: unknown) => log.event('task-failed', { reason: 'password-mail', err })
      mailPasswordLinks(address, { store, limiter, mails, log }).catch(failed)
      return 0
    },
  }
  return { notify, messenger }
}

/** Push services want an https URL. A server that is tried out on one machine gives that of its host. */
function subjectOf(origin: string | undefined): string | undefined {
  const url = origin === undefined ? null : URL.parse(origin)
  if (url?.protocol === 'https:') return url.origin
  const isHere = url && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return isHere ? `https://${url.host}` : undefined
}
