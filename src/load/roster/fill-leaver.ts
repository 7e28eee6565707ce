import { dayOf, daysAfter } from '../../core/clock.ts';
import { RejectedPerson } from '../rejected-person.ts';
import type { LeaversSettings } from './leavers-settings.ts';
import { isAddedList } from './leavers-template.ts';
import { fieldIn, overlayUser } from './overlay-user.ts';
import type { Gone, RosterUser } from './roster-user.ts';

/**
 * The user of a leaver: the one that was sent last, with what the template changes. An expiry date only ever becomes
 * earlier: a leaver whose account has ended is not let in again.
 * @throws RejectedPerson for a purge date that is too early, or a value that the element does not take
 */
export function fillLeaver(
  before: RosterUser,
  { last, day }: Pick<Gone, 'last' | 'day'>,
  { template, purgeAfterDays }: Pick<LeaversSettings, 'template' | 'purgeAfterDays'>,
  now: Date,
): string {
  const sent = before.xml.text;
  const sentExpiry = fieldIn(sent, 'expiry_date');
  const { xml: over } = template.fill({
    primary_id: before.id,
    group: before.group,
    user_group: fieldIn(sent, 'user_group'),
    last_day: last,
    gone_day: day,
    sent_expiry_date: sentExpiry,
    sent_purge_date: fieldIn(sent, 'purge_date'),
  });
  const purge = dayIn(fieldIn(over, 'purge_date'));
  // Alma cannot bring a purged user back.
  if (purge !== '' && purge < daysAfter(now, purgeAfterDays))
    throw new RejectedPerson('purge_too_early', 'purge_date');
  const expiry = dayIn(fieldIn(over, 'expiry_date'));
  const staysExpired = sentExpiry !== '' && dayIn(sentExpiry) < expiry;
  const xml = overlayUser(sent, over, {
    isKept: (name) => name === 'primary_id' || (staysExpired && name === 'expiry_date'),
    isList: isAddedList,
  });
  const ends = dayIn(fieldIn(xml, 'purge_date'));
  if (purge !== '' && ends < dayIn(fieldIn(xml, 'expiry_date')))
    throw new RejectedPerson('purge_too_early', 'purge_date');
  return xml;
}

/** The first day of a user who is missing in this run. */
export function goneOf(
  { gone }: RosterUser,
  lastDay: string,
  now: Date,
): Pick<Gone, 'last' | 'day' | 'runs'> {
  return gone ?? { last: lastDay, day: dayOf(now), runs: 0 };
}

const dayIn = (date: string): string => date.slice(0, 10);
