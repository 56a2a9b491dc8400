/** Hands emails to the mail server of the operator. */
import { isIP } from 'node:net'
import type { SendMailOptions, Transporter } from 'nodemailer'
import { secondMs } from '../../shared/durations.ts'
import type { Log } from '../log.ts'
import { isPublicAddress } from '../outgoing/addresses.ts'

const timeoutMs = 10 * secondMs

export interface Mail {
  to: string
  subject: string
  text: string
  headers?: Record<string, string>
}

/** Unless it is reached without a network of others. @param url of a mail server */
export function needsTls(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  return isIP(host) ? isPublicAddress(host) : host.includes('.')
}

/** `later`: the mail server may take it another time. `refused`: there is no such recipient. */
export type MailOutcome = 'sent' | 'later' | 'refused'

export class Mailer {
  readonly #transport: Transporter
  readonly #from: string
  readonly #log: Pick<Log, 'event'>

  private constructor(transport: Transporter, from: string, log: Pick<Log, 'event'>) {
    this.#transport = transport
    this.#from = from
    this.#log = log
  }

  /** @param url of the mail server, with its password */
  static async open(url: string, from: string, log: Pick<Log, 'event'>): Promise<Mailer> {
    // Loaded only where email is sent.
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({
      url,
      // Links for a new password must not cross a network in the clear because somebody takes the offer of TLS away.
      requireTLS: needsTls(url),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // What people write can name neither files nor addresses to be read.
      disableFileAccess: true,
      disableUrlAccess: true,
    } as object)
    return new Mailer(transport, from, log)
  }

  async send({ to, subject, text, headers = {} }: Mail): Promise<MailOutcome> {
    const mail: SendMailOptions = {
      from: this.#from,
      to: { name: '', address: to },
      subject,
      text,
      // No out-of-office reply answers it (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated', ...headers },
    }
    try {
      await this.#transport.sendMail(mail)
      return 'sent'
    } catch (error) {
      const { code, responseCode, command } = error as { code?: string; responseCode?: number; command?: string }
      // The message of the error may have the address.
      this.#log.event('mail-failing', { reason: code ?? 'unknown', ...(responseCode && { status: responseCode }) })
      // Only this says something about the recipient: the sender, the host and the text may be refused as well.
      const isFinal = command === 'RCPT TO' && [550, 551, 553].includes(responseCode ?? 0)
      return isFinal ? 'refused' : 'later'
    }
  }
}
