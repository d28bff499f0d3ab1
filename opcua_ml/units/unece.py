"""UNECE codes by kind of quantity, each as the units library calls the unit.

Source: UNECE Recommendation 20. Units convert within their kind alone: a torque is no energy though both are
newton metres, and a frequency no speed of rotation though both are per second.
"""

from __future__ import annotations

_TABLE = """
temperature       CEL degC; FAH degF; KEL kelvin; A48 degR
pressure          PAL Pa; A97 hPa; KPA kPa; MPA MPa; MBR mbar; BAR bar; C55 N/m**2; C56 N/mm**2; PS psi
pressure          ATM atm; ATT kgf/cm**2; E42 kgf/cm**2; UA torr; HN mmHg; F79 inHg; HP mmH2O; F78 inH2O
ratio             C62 dimensionless; P1 percent; NX 1e-3; 59 ppm; 61 1e-9
angle             C81 radian; DD degree
rotation          RPM rpm; M46 rpm; RPS turn/s; 2A rad/s; E96 degree/s
frequency         HTZ Hz; MTZ mHz; KHZ kHz; MHZ MHz; A86 GHz
length            C45 nm; 4H um; MMT mm; CMT cm; DMT dm; MTR m; KMT km; INH inch; FOT foot; YRD yard; SMI mile
area              MMK mm**2; CMK cm**2; MTK m**2; FTK foot**2; INK inch**2
volume            CMQ cm**3; MLT mL; DMQ dm**3; LTR L; HLT hL; MTQ m**3; GLL gallon; FTQ foot**3; BLL oil_bbl
time              B98 us; C26 ms; SEC s; MIN minute; HUR hour; DAY day
speed             C16 mm/s; 2M cm/s; MTS m/s; H67 mm/hour; 2X m/minute; KMH km/hour; FS foot/s; FR foot/minute
speed             HM mile/hour; IU inch/s
acceleration      MSK m/s**2; A73 foot/s**2; IV inch/s**2
mass              MC ug; MGM mg; GRM g; KGM kg; TNE tonne; LBR pound; ONZ ounce; STN US_ton
density           KMQ kg/m**3; 23 g/cm**3; GL g/L; M1 mg/L; GP mg/m**3; GQ ug/m**3
density           87 pound/foot**3; D41 tonne/m**3
amount            C34 mol
concentration     C35 mol/dm**3
force             NEW N; B47 kN; C78 lbf
torque            NU N*m; B48 kN*m; M92 lbf*foot
current           B84 uA; 4K mA; AMP A; B22 kA
viscosity         C65 Pa*s; C24 mPa*s
diffusivity       4C mm**2/s; S4 m**2/s
volume flow       MQS m**3/s; MQH m**3/hour; G51 L/s; L2 L/minute; E32 L/hour; 40 mL/s; 41 mL/minute
volume flow       4X kL/hour; G53 m**3/minute; G52 m**3/day; G2 gallon/minute; G50 gallon/hour
volume flow       2L foot**3/minute; 2K foot**3/hour; E17 foot**3/s
mass flow         KGS kg/s; F31 kg/minute; E93 kg/hour; F27 g/hour; E18 tonne/hour; 4U pound/hour
heat flux         D54 W/m**2
heat conductance  D52 W/K
conductivity      D53 W/m/K
heat resistance   B21 K/W
luminous efficacy B61 lm/W
energy            JOU J; KJO kJ; 3B MJ; GV GJ; WHR W*hour; KWH kW*hour; GWH GW*hour
energy            BTU Btu_it; E14 1000*cal_it
power             D80 uW; C31 mW; WTT W; KWT kW; MAW MW; A90 GW; BHP hp; 2I Btu_it/hour
apparent power    D46 V*A; KVA kV*A; MVA MV*A
reactive power    D44 V*A; KVR kV*A
voltage           D82 uV; 2Z mV; VLT V; KVT kV
resistance        E45 mohm; OHM ohm; B49 kohm; B75 Mohm
capacitance       4T pF; 4O uF; FAR F
conductance       SIE S
electrolyte       D10 S/m; H43 S/cm; H61 mS/cm; G42 uS/cm
flux density      D33 T
flux              WEB Wb
illuminance       LUX lux
intensity         CDL cd
luminous flux     LUM lm
radioactivity     BQL Bq
"""

UNITS: dict[str, tuple[str, str]] = {
    code: (line[:17].strip(), expression)
    for line in _TABLE.strip().splitlines()
    for code, _, expression in (unit.strip().partition(" ") for unit in line[17:].split(";"))
}
"""UNECE code to kind of quantity and expression of the unit."""
