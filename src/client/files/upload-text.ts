import { errorText } from '../../shared/error-texts.ts'
import { formatBytes } from '../../shared/files/display.ts'
import type { LazyTextKey } from '../../shared/language.ts'
import type { ErrorCode } from '../../shared/protocol/errors.ts'
import type { PageLanguage } from '../locale/language.ts'
import type { Upload } from './upload.ts'

type Language = Pick<PageLanguage<LazyTextKey>, 't' | 'code'>

/** The server's own sentence states its limit, or what it waits for, which the page does not know. */
const statesLimit: ReadonlySet<string | undefined> = new Set(['too-large', 'quota'])

/** What stands beside a file that is being uploaded. */
export function uploadText({ progress, file }: Upload, { t, code }: Language): string {
  const size = formatBytes(file.size, code)
  switch (progress.state) {
    case 'waiting':
      return `${size} · ${progress.message || t(progress.offline ? 'uploadOffline' : 'uploadWaiting')}`
    case 'sending':
      return t('uploadProgress', { percent: percentOf(progress.sent, file.size, code), size })
    case 'done':
      return `${size} · ${t('uploadDone')}`
    case 'refused':
      return refusalText(progress, t)
    default:
      return progress satisfies never
  }
}

function refusalText({ code, message }: { code: string | undefined; message: string }, t: Language['t']): string {
  if (message && statesLimit.has(code)) return message
  return code ? errorText(code as ErrorCode, t) : t(message ? 'uploadRefused' : 'uploadFailed')
}

function percentOf(sent: number, all: number, code: string): string {
  return new Intl.NumberFormat(code, { style: 'percent' }).format(all ? Math.min(1, sent / all) : 1)
}
