import { createApp, watch } from 'vue'
import '../../static/css/chat.css'
import { steadyClock } from '../../clients/js/src/clock.ts'
import type { Environment } from '../../clients/js/src/environment.ts'
import { openSocket } from '../../clients/js/src/socket.ts'
import { Transports } from '../../clients/js/src/transports.ts'
import type { PageState } from '../shared/page-state.ts'
import { subprotocol } from '../shared/protocol/limits.ts'
import App from './app/App.vue'
import { Chat } from './app/chat.ts'
import { lazyKey, openLazy } from './app/lazy.ts'
import { missingFeatures, mountOver } from './app/mount.ts'
import type { ForgetMe } from './app/page.ts'
import { languageKey, PageLanguage } from './locale/language.ts'
import type { Shell } from './offline/snapshot.ts'
import { openStorage } from './outbox/outbox-storage.ts'
import { nameTab, orphans } from './outbox/tab-ownership.ts'
import type { RestoredPage } from './room/initial-rooms.ts'
import { countUnsent, SessionEnd } from './session/sign-out.ts'
import { deleteDataOfOthers, openSignOutChannel } from './session/user-data.ts'
import { openSettings } from './settings/settings.ts'

const adoptEveryMs = 30_000

const missing = missingFeatures(globalThis)
// Thrown before anything is touched: the server's page stays, and works without a script.
if (missing.length) throw new Error(`This browser lacks ${missing.join(', ')}.`)

const transports = new Transports(
  (events) => openSocket(`${location.origin.replace(/^http/, 'ws')}/ws/chat`, subprotocol, events),
  async () =>
    (await import('../../clients/js/src/http-transport.ts')).createHttp({
      origin: location.origin,
      isSocketBetter: true,
    }),
)
const around: Environment = {
  clock: steadyClock,
  random: Math.random,
  events: window,
  isHidden: () => document.hidden,
  openSocket: (events) => transports.open(events),
}

async function start(state: PageState | RestoredPage): Promise<void> {
  const tab = await nameTab()
  const storage = openStorage()
  const othersGone = deleteDataOfOthers(state.user.id, storage)
  const chat = new Chat(state, around, storage, tab)
  const language = new PageLanguage(state.language.code, state.language.texts)
  const lazy = openLazy(language, othersGone)
  const adopt = async () => chat.outbox.adopt(await orphans(tab, Date.now()))

  // The user may have typed before this script was loaded.
  const typed = document.querySelector<HTMLTextAreaElement>('#composer')?.value ?? ''
  const app = createApp(App, {
    chat,
    settings: openSettings(),
    clock: steadyClock,
    first: state.opened.room,
    typed,
    build: state.build,
    countUnsent: () => countUnsent(chat, storage, tab),
    signOut: (forget?: ForgetMe) => sessionEnd.signOut(tellOtherTabs, forget),
  })
    .provide(languageKey, language)
    .provide(lazyKey, lazy)
  const sessionEnd = new SessionEnd({ app, chat, storage })
  const tellOtherTabs = openSignOutChannel(() => sessionEnd.signedOutElsewhere())
  chat.onOtherUser = (user) => sessionEnd.otherUserCame(user)
  watch(chat.connection, () => sessionEnd.connectionEnded())
  mountOver(app, document.querySelector('#app') ?? document.body)
  chat.start()
  void adopt()
  setInterval(adopt, adoptEveryMs)
  // These run after everything that the user waits for.
  lazy.restoreFocus().catch((error) => console.warn('The focus is not kept when its element goes.', error))
  void import('./offline/prepare.ts')
    .then(({ prepareForOffline }) => prepareForOffline(chat, state))
    .catch((error) => console.warn('The page is not prepared for a reload offline.', error))
}

const written: PageState | Shell = JSON.parse(document.querySelector('#state')?.textContent ?? '')
// Not awaited: what is loaded on demand waits until this module has run.
if ('user' in written) void start(written)
else void import('./offline/open-shell.ts').then(({ openShell }) => openShell(written, start))
