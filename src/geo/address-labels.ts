/** The labels of usaddress, after the United States Thoroughfare, Landmark, and Postal Address Data Standard. */
export const addressLabels = [
  'AddressNumberPrefix',
  'AddressNumber',
  'AddressNumberSuffix',
  'StreetNamePreModifier',
  'StreetNamePreDirectional',
  'StreetNamePreType',
  'StreetName',
  'StreetNamePostType',
  'StreetNamePostDirectional',
  'StreetNamePostModifier',
  'CornerOf',
  'IntersectionSeparator',
  'LandmarkName',
  'BuildingName',
  'SubaddressType',
  'SubaddressIdentifier',
  'OccupancyType',
  'OccupancyIdentifier',
  'USPSBoxType',
  'USPSBoxID',
  'USPSBoxGroupType',
  'USPSBoxGroupID',
  'PlaceName',
  'StateName',
  'ZipCode',
  'ZipPlus4',
  'CountryName',
  'Recipient',
  'NotAddress',
] as const;

export type AddressLabel = (typeof addressLabels)[number];

export interface TaggedToken {
  readonly token: string;
  readonly label: AddressLabel;
}
