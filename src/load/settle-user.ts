import type { LeftOut } from './fill-person.ts';
import type { PeopleRegister } from './people-register.ts';
import type { UserTemplate } from './template/user-template.ts';

/**
 * Takes the identifiers out of a finished user that turned out to be primary ids of people behind.
 * @returns the user, null where the configuration requires what went; and what was left out
 */
export function settleUser(
  user: string,
  person: number,
  template: UserTemplate,
  register: PeopleRegister,
): { xml: string | null; leftOut: readonly LeftOut[] } {
  const owners: LeftOut['owner'][] = [];
  const { xml, elements } = template.withoutIdentifiers(user, (identifier) => {
    const holder = register.holderOf(identifier);
    if (!holder || holder.person === person) return false;
    owners.push(holder.place);
    return true;
  });
  return { xml, leftOut: owners.map((owner, index) => ({ element: elements[index] ?? '', owner })) };
}
