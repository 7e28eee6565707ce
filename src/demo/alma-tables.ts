/** A row of a code table. */
export interface AlmaTableRow {
  readonly code: string;
  readonly description: string;
  readonly enabled?: boolean;
}

const rows = (...pairs: readonly (readonly [string, string])[]): AlmaTableRow[] =>
  pairs.map(([code, description]) => ({ code, description }));

/** The code tables of an invented institution. One that is not here cannot be read. */
export const inventedTables: Readonly<Record<string, readonly AlmaTableRow[]>> = {
  UserGroups: [
    ...rows(
      ['01', 'Undergraduate Student'],
      ['02', 'Graduate Student'],
      ['10', 'Faculty'],
      ['11', 'Staff'],
      ['26', 'Retired'],
    ),
    { code: '99', description: 'Old readers', enabled: false },
  ],
  UserStatCategories: rows(['PHYS', 'Physics'], ['CHEM', 'Chemistry'], ['BIO', 'Biology']),
  UserStatisticalTypes: rows(['DEPT', 'Department'], ['YEAR', 'Year']),
  UserIdentifierTypes: rows(
    ['BARCODE', 'Barcode'],
    ['INST_ID', 'Institution ID'],
    ['01', 'Card'],
    ['02', 'ID'],
  ),
  NoteTypes: rows(['LIBRARY', 'Library'], ['POPUP', 'Pop-up'], ['OTHER', 'Other']),
  UserBlockTypes: rows(['GENERAL', 'General']),
  UserBlockDescription: rows(['01', 'Lost card']),
  CountryCodes: rows(['USA', 'United States'], ['CAN', 'Canada'], ['MEX', 'Mexico']),
  JobTitles: rows(['LIB', 'Librarian']),
  UserPreferredLanguage: rows(['en', 'English'], ['fr', 'French']),
  Genders: rows(['MALE', 'Male'], ['FEMALE', 'Female']),
  UserTitles: rows(['Dr', 'Doctor']),
  AddNewUserOptions: rows(['PUBLIC', 'Public'], ['STAFF', 'Staff'], ['CONTACT', 'Contact']),
  UserUserType: rows(['INTERNAL', 'Internal'], ['EXTERNAL', 'External']),
  'HFrUserRoles.roleType': rows(['200', 'Patron']),
  UserAddressTypes: rows(['home', 'Home'], ['work', 'Work'], ['school', 'School']),
  UserEmailTypes: rows(['personal', 'Personal'], ['work', 'Work'], ['school', 'School']),
  UserPhoneTypes: rows(['home', 'Home'], ['mobile', 'Mobile'], ['office', 'Office']),
  campuses: rows(['MAIN', 'Main Campus']),
};
