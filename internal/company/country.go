package company

import "strings"

// Country is where a company in this time zone is, ISO 3166-1 alpha-2, "" when the zone does
// not tell: whose a phone number without a country code is. The zones are those of the
// countries Recado is sold in (IANA tz database, zone1970.tab).
func Country(zone string) string {
	if strings.HasPrefix(zone, "America/Argentina/") {
		return "AR"
	}
	return countries[zone]
}

var countries = map[string]string{
	"Europe/Madrid": "ES", "Atlantic/Canary": "ES", "Africa/Ceuta": "ES",
	"America/Bogota": "CO", "America/Lima": "PE", "America/Guayaquil": "EC", "Pacific/Galapagos": "EC", "America/Caracas": "VE",
	"America/La_Paz": "BO", "America/Asuncion": "PY", "America/Montevideo": "UY", "America/Buenos_Aires": "AR",
	"America/Santiago": "CL", "America/Punta_Arenas": "CL", "Pacific/Easter": "CL",
	"America/Mexico_City": "MX", "America/Cancun": "MX", "America/Merida": "MX", "America/Monterrey": "MX", "America/Chihuahua": "MX",
	"America/Ciudad_Juarez": "MX", "America/Mazatlan": "MX", "America/Hermosillo": "MX", "America/Tijuana": "MX",
	"America/Guatemala": "GT", "America/El_Salvador": "SV", "America/Tegucigalpa": "HN", "America/Managua": "NI", "America/Costa_Rica": "CR",
	"America/Panama": "PA", "America/Santo_Domingo": "DO", "America/Havana": "CU", "America/Puerto_Rico": "PR",
	"America/New_York": "US", "America/Chicago": "US", "America/Denver": "US", "America/Phoenix": "US", "America/Los_Angeles": "US",
	"Europe/London": "GB", "Europe/Lisbon": "PT", "America/Sao_Paulo": "BR",
}
