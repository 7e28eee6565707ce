/**
 * The code table of each element of which Alma lets only listed values pass, by the path below `user`. Names as in Ex Libris' XSD and
 * code of other libraries. Legality by record type lies in mapping tables that are not read.
 */
export const codeTables: Readonly<Record<string, string>> = {
  account_type: 'UserUserType',
  campus_code: 'campuses',
  gender: 'Genders',
  job_category: 'JobTitles',
  preferred_language: 'UserPreferredLanguage',
  record_type: 'AddNewUserOptions',
  user_group: 'UserGroups',
  user_title: 'UserTitles',
  'contact_info/addresses/address/address_types/address_type': 'UserAddressTypes',
  'contact_info/addresses/address/country': 'CountryCodes',
  'contact_info/emails/email/email_types/email_type': 'UserEmailTypes',
  'contact_info/phones/phone/phone_types/phone_type': 'UserPhoneTypes',
  'user_blocks/user_block/block_description': 'UserBlockDescription',
  'user_blocks/user_block/block_type': 'UserBlockTypes',
  'user_identifiers/user_identifier/id_type': 'UserIdentifierTypes',
  'user_notes/user_note/note_type': 'NoteTypes',
  'user_roles/user_role/role_type': 'HFrUserRoles.roleType',
  'user_statistics/user_statistic/category_type': 'UserStatisticalTypes',
  'user_statistics/user_statistic/statistic_category': 'UserStatCategories',
};

/** The codes of this one are only those of campuses that have a library; a campus without one is no mistake. */
export const incompleteTables: readonly string[] = ['campuses'];
